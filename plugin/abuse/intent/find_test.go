package intent

import (
	"strings"
	"testing"

	"github.com/corazawaf/libinjection-go"
	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// Whatever is asked for, Find keeps what the caller has, stays within the capacity,
// and says the same twice.
func FuzzFind(f *testing.F) {
	f.Add("GET", "/a/%2e%2e/..;/x.php/%00", "a=%24%7b%24%7b::-j%7dndi:&b=1'/**/or(1)=1--", "() { :;}", "%")
	f.Add("GET", "/", "x=<svg/onload=alert`1`>&class.module=1&y={{7*'7'}}", "", "")
	c := New(map[Kind][]string{CVE: {"^/old$", "ab"}})
	f.Fuzz(func(t *testing.T, method, path, query, agent, referer string) {
		r := Target{Method: method, Path: path, Query: query, UserAgent: agent, Referer: referer}
		into := make([]Match, 1, 4)
		into[0].What = "mine"
		found := c.Find(&r, into)
		if len(found) > cap(into) || found[0].What != "mine" {
			t.Fatalf("found %v", found)
		}
		again := c.Find(&r, make([]Match, 1, 4))
		if len(again) != len(found) {
			t.Fatalf("found %v, then %v", found, again)
		}
		for i := 1; i < len(found); i++ {
			if found[i] != again[i] || found[i].What == "" || int(found[i].Kind) >= Kinds {
				t.Fatalf("found %v, then %v", found, again)
			}
		}
		Static(path)
		Expected(path)
		LoginPath(path)
	})
}

// Spelling hides no secret: servers undo all of this.
func TestSpellings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + rapid.SampledFrom([]string{"", "/", "./", "x/../"}).Draw(t, "before")
		for _, c := range []byte(".git/config") {
			switch rapid.IntRange(0, 5).Draw(t, "spelling") {
			case 0:
				path += strings.ToUpper(string(c))
			case 1:
				path += "%" + hex(c)
			case 2:
				path += "%25" + hex(c)
			case 3:
				if c == '/' {
					path += ";v=1/"
					continue
				}
				path += string(c)
			default:
				path += string(c)
			}
		}
		path += rapid.SampledFrom([]string{"", "/", ".", "%20", ";x", "%00.png", "/.", "?x"}).Draw(t, "after")
		path, query, _ := strings.Cut(path, "?")
		if found := find(Target{Method: "GET", Path: path, Query: query}); !hasStrong(found, Secret) {
			t.Fatalf("%s: found %v", path, found)
		}
	})
}

func hex(c byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[c>>4], digits[c&15]})
}

// Every line of the lists is found where it says, and stands there once.
func TestLists(t *testing.T) {
	for _, list := range lists {
		seen := map[string]bool{}
		for _, line := range lines(list.file) {
			if seen[line] || line != strings.ToLower(line) {
				t.Errorf("%s: %q is there twice, or not in lower case", list.file, line)
			}
			seen[line] = true
			path := strings.TrimPrefix(strings.TrimPrefix(line, "?"), ".")
			if !strings.HasPrefix(path, "/") { // a name anywhere, or one whose dot is its own
				path = "/" + strings.TrimPrefix(line, "?")
			}
			path = strings.ReplaceAll(strings.ReplaceAll(path, "*", "x"), "<n>", "1.2")
			ok := false
			for _, m := range find(Target{Method: "GET", Path: path}) {
				ok = ok || m.Kind == list.kind
			}
			if !ok {
				t.Errorf("%s: %q is not found at %s", list.file, line, path)
			}
		}
	}
}

func TestMethods(t *testing.T) {
	for method, want := range map[string]bool{"GET": true, "HEAD": true, "PUT": false, "PROPFIND": false, "POST": false} {
		if got := hasStrong(find(Target{Method: method, Path: "/.env"}), Secret); got != want {
			t.Errorf("%s: %v", method, got)
		}
	}
}

// Two requests for the same thing have the same What, those for different things not.
func TestWhat(t *testing.T) {
	what := func(path string) string {
		found := find(Target{Method: "GET", Path: path})
		if len(found) != 1 {
			t.Fatalf("%s: found %v", path, found)
		}
		return found[0].What
	}
	if what("/.env") != what("/.env;x") || what("/id_rsa") != what("/ID_RSA/") {
		t.Error("spellings of the same name differ")
	}
	if what("/.env.prod") == what("/.env.old") || what("/.ssh/a") == what("/.ssh/b") {
		t.Error("two names are the same")
	}
}

func TestFurtherPatterns(t *testing.T) {
	words, err := pattern.Read(strings.NewReader("# ours\n/Old-Admin/\n^/exact$\n?page=evil\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := New(map[Kind][]string{CVE: words, Secret: {"/vault-"}})
	for target, want := range map[string]string{
		"/x/old-admin/y": "/Old-Admin/", "/exact": "^/exact$", "/exactly": "", "/a?page=evil": "?page=evil", "/a?b=1&page=evil": "",
		"/a?x=/old-admin/": "/Old-Admin/", "/a/vault-1": "/vault-", "/a?x=/vault-1": "", "/OLD%2dADMIN/": "/Old-Admin/",
	} {
		r := Target{Method: "GET"}
		r.Path, r.Query, _ = strings.Cut(target, "?")
		found := c.Find(&r, make([]Match, 0, 4))
		if want == "" && len(found) != 0 || want != "" && (len(found) != 1 || found[0].What != want || found[0].Weak) {
			t.Errorf("%s: found %v, want %q", target, found, want)
		}
	}
}

func TestStatic(t *testing.T) {
	for path, want := range map[string]bool{
		"/a.js": true, "/a/b.js.map": true, "/x.PNG": true, "/tiles/1/2/3.pbf": true, "/favicon.ico": true, "/apple-touch-icon.png": true, "/a.js;v=1": true, "/p1.php.css": true,
		"/": false, "/a": false, "/a.php": false, "/p1.php/x.css": false, "/P1.PHP/x.css": false, "/p1.Php/x.css": false, "/.env%00.png": false, "/backup.zip": false, "/a.js/": false, "/a.json": false, "/x.asp/y.png": false,
	} {
		if got := Static(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestExpected(t *testing.T) {
	for path, want := range map[string]bool{
		"/robots.txt": true, "/Ads.txt": true, "/sitemap.xml": true, "/sitemap_index.xml": true, "/sitemap-posts-1.xml.gz": true, "/sitemaps/a.xml": true, "/.well-known/security.txt": true,
		"/apple-touch-icon-120x120-precomposed.png": true, "/favicon-32x32.png": true, "/favicon.ico": true, "/._x": true,
		"/": false, "/a/robots.txt": false, "/robots.txt.bak": false, "/.env": false, "/.well-known/../.env": false, "/.well-known/%2e%2e/.env": false, "/wp-login.php": false, "/sitemap.php": false,
	} {
		if got := Expected(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestLoginPath(t *testing.T) {
	for path, want := range map[string]bool{
		"/login": true, "/Login/": true, "/users/sign_in": true, "/wp-login.php": true, "/j_security_check": true, "/session": true, "/api/auth/login": true, "/Users/AuthenticateByName": true,
		"/login;jsessionid=1": true, "/account/login.aspx": true, "/realms/x/login-actions/authenticate": true,
		"/": false, "/blogin": false, "/login/help": false, "/logins": false, "/catalog": false, "/login.css": false, "/signin-oidc": false,
	} {
		if got := LoginPath(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

var benchmarked = map[string]Target{
	"page":   {Method: "GET", Path: "/articles/2024/05/a-visit-to-the-museum", UserAgent: browser, Referer: "https://example.com/articles/"},
	"api":    {Method: "GET", Path: "/api/v1/items/12345/comments", Query: "page=2&sort=created_at&order=desc&limit=50", UserAgent: browser, Referer: "https://example.com/items/12345"},
	"asset":  {Method: "GET", Path: "/assets/app-4f3a2b1c.js", UserAgent: browser, Referer: "https://example.com/"},
	"search": {Method: "GET", Path: "/search", Query: "q=red+running+shoes+size+10&category=sport", UserAgent: browser},
	"odata":  {Method: "GET", Path: "/odata/Rooms", Query: "$filter=Building%20eq%20%27B0%27%20and%20Floor%20eq%202", UserAgent: browser},
	"attack": {Method: "GET", Path: "/item", Query: "id=1%27%20union%20select%20null,user(),3--%20-", UserAgent: browser},
	"long":   {Method: "GET", Path: strings.Repeat("/a'(", 1000), Query: strings.Repeat("a='or(1&", 1000), UserAgent: strings.Repeat("${", 1000), Referer: strings.Repeat("${a:-", 400)},
}

const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

func BenchmarkFind(b *testing.B) {
	c := New(nil)
	for name, r := range benchmarked {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			into := make([]Match, 0, 8)
			for b.Loop() {
				c.Find(&r, into)
			}
		})
	}
}

// Values that differ by numbers alone are parsed once: libinjection does not tell numbers
// apart.
func TestNumbersAreTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom([]string{
			"7", "42", "1000", " ", "'", "\"", "or", "and", "=", "(", ")", "--", "-", ",", "union", "select", "a", "_", "0x1f", "1e5", ";", "/*", "*/", "/*!50000", "#", "like", "null", "@", "+", "`", "\\",
		}), 1, 14).Draw(t, "pieces")
		one := strings.Join(pieces, rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
		other := []byte(one)
		for i, c := range other {
			if isDigit(c) {
				other[i] = '0' + byte(rapid.IntRange(1, 9).Draw(t, "digit"))
			}
		}
		if string(sameNumbers(nil, []byte(one))) != string(sameNumbers(nil, other)) {
			return
		}
		was, fingerprint := libinjection.IsSQLi(one)
		is, second := libinjection.IsSQLi(string(other))
		if was != is {
			t.Errorf("%q: %v %s, %q: %v %s", one, was, fingerprint, other, is, second)
		}
	})
}

// An ordinary request costs no allocation.
func TestAllocations(t *testing.T) {
	c := New(nil)
	into := make([]Match, 0, 8)
	f := finders.New().(*finder) // the race detector has a pool lose some
	for _, name := range []string{"page", "api", "asset", "search", "odata"} {
		r := benchmarked[name]
		if n := testing.AllocsPerRun(100, func() { c.find(f, &r, into); Static(r.Path); Expected(r.Path); LoginPath(r.Path) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
