package learned

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func textOf(method, path string) (string, bool) {
	var t template
	t.set(method, path)
	return string(t.text()), !t.unlearnable
}

func TestTemplate(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"/", "/"},
		{"/users/17", "/users/{n}"},
		{"/users/17/", "/users/{n}/"},
		{"/people/jenkins-4", "/people/jenkins-{n}"},
		{"/avatar/u12.png", "/avatar/u{n}.png"},
		{"/tiles/5/12/99.pbf", "/tiles/{n}/{n}/{n}.pbf"},
		{"/a/2026-11-20/b", "/a/{n}-{n}-{n}/b"},
		{"/a/2026-11-20T10:30:00Z", "/a/{n}-{n}-{n}T{n}:{n}:{n}Z"},
		{"/o/7f3b1c2e-9a40-4d5e-8f00-0123456789ab/x", "/o/{id}/x"},
		{"/o/7f3b1c2e-9a40-4d5e-8f00-0123456789ab.json", "/o/{id}.json"},
		{"/o/7F3B1C2E-9A40-4D5E-8F00-0123456789AB", "/o/{id}"},
		{"/commit/d34db33", "/commit/{id}"},
		{"/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/commit/{id}"},
		{"/static/main.3f2a9c1b.js", "/static/main.{id}.js"},
		{"/static/main-BX3f9aQz0Lk2.js", "/static/main-{id}.js"},
		{"/s/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/s/{id}"},
		{"/s/dGhpc19pc-A_Rv4Xq9Zt2bKw", "/s/{id}"},
		{"/font.woff2", "/font.woff2"},
		{"/music/Wait.../03.mp3", "/music/Wait.../{n}.mp3"},
		{"/jquery-3.7.1.min.js", "/jquery-{n}.{n}.{n}.min.js"},
		{"/app.1", "/app.{n}"},
		{"/api/v2/part17", "/api/v2/part{n}"},
		{"/api/v1.1/x", "/api/v1.1/x"},
		{"/a%20b%2017", "/a%20b%20{n}"},
		{"/wiki/%E4%B8%AD%E6%96%87", "/wiki/%E4%B8%AD%E6%96%87"},
		{"/x%", "/x%"},
		// Names stay, also long ones, with capitals and with a year.
		{"/destinations/hudson-valley", "/destinations/hudson-valley"},
		{"/wiki/My-Long-Title-About-Something-Else", "/wiki/My-Long-Title-About-Something-Else"},
		{"/Reports-Of-Last-Year-2024.pdf", "/Reports-Of-Last-Year-{n}.pdf"},
		{"/api/GetUserAccountDetailsById", "/api/GetUserAccountDetailsById"},
		{"/decade/facade/deadbeef", "/decade/facade/deadbeef"},
		{"/.well-known/apple-app-site-association", "/.well-known/apple-app-site-association"},
		{"/../Sub/Search.html", "/../Sub/Search.html"},
		{"//a//b", "//a//b"},
		{"/a;jsessionid=0F1E2D3C4B5A69788796A5B4C3D2E1F0", "/a;jsessionid={id}"},
	} {
		got, ok := textOf("GET", c.path)
		if got != "read "+c.want || !ok {
			t.Errorf("%s: %s, %v, want %s", c.path, got, ok, c.want)
		}
	}
}

func TestClasses(t *testing.T) {
	for method, want := range map[string]string{
		"GET": "read /x", "HEAD": "read /x", "POST": "write /x", "DELETE": "write /x", "PROPFIND": "dav /x",
		"OPTIONS": "", "CONNECT": "", "TRACE": "", "": "", "get": "",
	} {
		if got, ok := textOf(method, "/x"); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %s, %v", method, got, ok)
		}
	}
}

// What is no path or is too long is not learned, but has a hash.
func TestUnlearnable(t *testing.T) {
	for _, path := range []string{"", "*", "http://a/b", "/" + strings.Repeat("a/", 4096), "/" + strings.Repeat("abc-", 150), "/" + strings.Repeat("1/", 300)} {
		if _, ok := textOf("GET", path); ok {
			t.Errorf("%.40q is learned", path)
		}
		a := New(1)
		if k := a.Look("GET", path); k.Template == 0 || k.Own || k.Template == a.Look("GET", path+"/x").Template && len(path) < 500 {
			t.Errorf("%.40q: %+v", path, k)
		}
	}
}

// A template is one of itself, so that what people see is what they can say.
func TestTemplateOfTemplate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + rapid.StringMatching(`([a-f0-9]{1,9}|[A-Za-z0-9_.-]{1,30}|%[0-9A-F]{2}|[/;=~{}%. ]){0,12}`).Draw(t, "path")
		once, ok := textOf("GET", path)
		if !ok {
			return
		}
		again, ok := textOf("read", strings.TrimPrefix(once, "read "))
		if ok && again != once {
			t.Fatalf("%q: %q, then %q", path, once, again)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	f.Add("GET", "/users/17/7f3b1c2e-9a40-4d5e-8f00-0123456789ab.json")
	f.Add("PUT", "/%")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, method, path string) {
		var tmpl template
		tmpl.set(method, path)
		if tmpl.len > maxTemplate || tmpl.class > tmpl.len {
			t.Fatal("out of bounds")
		}
		_ = tmpl.folder()
	})
}
