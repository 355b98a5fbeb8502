package learned

import "testing"

// Eight people behind one address range use an application for a day. On the next
// one it knows what they use, and nothing of what a scanner asks for.
func TestKnownApplication(t *testing.T) {
	type request struct {
		method, path string
		status       int
	}
	a := New(7)
	uses := []request{
		{"GET", "/", 200}, {"GET", "/static/app-3f2a9c1b.js", 200}, {"GET", "/people/4", 200}, {"GET", "/avatar/u4", 404},
		{"GET", "/.well-known/change-password", 404}, {"GET", "/o/r/src/branch/main/.env.example", 200},
		{"PUT", "/dav/project/.git/config", 201}, {"PROPFIND", "/remote.php/dav/files/u/n1.md", 404},
		{"PUT", "/remote.php/dav/files/u/n1.md", 201}, {"GET", "/search", 200}, {"GET", "/language/lang/de.json", 404},
	}
	const subnet = 1
	for person := range uint64(8) {
		at := start + int64(person)*hour
		a.Answer(visitor(person, subnet), "GET", "/login", 200, 3000, at)
		a.Answer(account(person, subnet), "POST", "/login", 302, 0, at)
		a.LoginAt("/login", at)
		for i, r := range uses {
			a.Answer(account(person, subnet), r.method, r.path, r.status, 1000+int64(i), at)
		}
		a.Wrote(account(person, subnet), a.Look("GET", "/search").Template, "q", true, at)
	}
	tomorrow := start + 23*hour
	if a.Mature(start+9*hour) || !a.Mature(tomorrow) {
		t.Error("mature at the wrong time")
	}
	for _, r := range append(uses, request{"GET", "/people/99", 200}, request{"GET", "/static/app-9e8d7c6b.js", 200}, request{"HEAD", "/", 200}, request{"GET", "/avatar/u77", 404}) {
		if k := a.Look(r.method, r.path); k.Own != (r.status < 400) || k.Broken != (r.status == 404) {
			t.Errorf("%v: %+v", r, k)
		}
	}
	if k := a.Look("POST", "/login"); !k.Own || !k.Login {
		t.Errorf("login: %+v", k)
	}
	// GET /login was seen by one teacher only: nobody had logged in yet.
	if a.Look("GET", "/login").Own {
		t.Error("one subnet is enough")
	}
	if !a.Writes(a.Look("GET", "/search").Template, "q", true) {
		t.Error("people search for SQL")
	}
	for _, path := range []string{"/.env", "/o/r/src/branch/main/.env", "/phpmyadmin/", "/search.php", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/.git/config"} {
		if k := a.Look("GET", path); k.Own || k.Broken {
			t.Errorf("%s: %+v", path, k)
		}
	}
}
