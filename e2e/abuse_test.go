package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// behindProxy lets tests choose the client's address.
const behindProxy = "servers {\n\t\ttrusted_proxies static 127.0.0.1/32\n\t}"

// from asks for a path as a client of an address does.
func (g *gate) from(ip, path string, header map[string]string) *http.Response {
	g.t.Helper()
	res, err := g.tryFrom(ip, path, header)
	must(g.t, err)
	return res
}

// tryFrom is from in a goroutine of its own, which must not end the test.
func (g *gate) tryFrom(ip, path string, header map[string]string) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodGet, "http://"+g.site+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Forwarded-For", ip)
	req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res, err
}

// notThere has nothing but a start page.
func notThere(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
	}
}

func verdicts(list []request) map[string]int {
	m := map[string]int{}
	for _, r := range list {
		m[r.Verdict]++
	}
	return m
}

// A scanner is refused within its first 15 bad requests, also when each has
// another user agent; whoever else asks is not, and what was refused is in the log.
func TestScannersAreRefused(t *testing.T) {
	g := startGate(t, application(t, notThere), setup{instance: "abuse {\n\t\t\tmode enforce\n\t\t}", global: behindProxy})
	for name, agent := range map[string]func(int) string{
		"203.0.113.7": func(int) string { return "Mozilla/5.0 one" },
		"203.0.113.8": func(n int) string { return "Mozilla/5.0 " + strconv.Itoa(n) },
	} {
		refused := 0
		for n := 1; n <= 16 && refused == 0; n++ {
			res := g.from(name, fmt.Sprintf("/page-%d", n), map[string]string{"User-Agent": agent(n)})
			if res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusForbidden {
				refused = n
				if wait, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || wait < 1 {
					t.Errorf("%s: Retry-After %q", name, res.Header.Get("Retry-After"))
				}
			}
		}
		if refused == 0 {
			t.Errorf("%s is not refused", name)
		}
	}
	if res := g.from("203.0.113.9", "/", nil); res.StatusCode != http.StatusOK {
		t.Errorf("somebody else gets %d", res.StatusCode)
	}
	eventually(t, "refusals are in the log", func() bool { return verdicts(g.requests())["throttle"] == 2 })
}

// A ban holds over kill -9 from the first request on, and over a reload; in mode
// observe, which is the default, nobody is ever refused.
func TestBansHold(t *testing.T) {
	up := application(t, notThere)
	g := startGate(t, up, setup{instance: "abuse {\n\t\t\tmode enforce\n\t\t\tban 1h\n\t\t}", global: behindProxy})
	attack := func() (last *http.Response) {
		for _, path := range []string{"/.env", "/.git/config", "/id_rsa", "/backup.sql", "/dump.sql", "/db.sql.gz", "/.aws/credentials"} {
			last = g.from("198.51.100.23", path, nil)
		}
		return last
	}
	if res := attack(); res.StatusCode != http.StatusForbidden || res.Header.Get("Retry-After") == "" {
		t.Fatalf("after asking for secret files: %d %v", res.StatusCode, res.Header)
	}
	banned := func(when string) {
		t.Helper()
		if res := g.from("198.51.100.23", "/", nil); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", when, res.StatusCode)
		}
	}
	// The flag is on the disk within a moment.
	eventually(t, "the flag is stored", func() bool { return strings.Contains(g.flags(), `"banned"`) })
	g.kill()
	g.start()
	banned("after kill -9")
	g.opened()
	if status, body := g.load(strings.Replace(g.config(), "ban 1h", "ban 2h", 1)); status != http.StatusOK {
		t.Fatal(status, body)
	}
	banned("after a reload that changes the settings")
	if status, body := g.load(strings.Replace(g.config(), "mode enforce", "mode observe", 1)); status != http.StatusOK {
		t.Fatal(status, body)
	}
	if res := attack(); res.StatusCode != http.StatusNotFound {
		t.Errorf("in mode observe: %d", res.StatusCode)
	}
}

// An office is one after kill -9 and after a reload: a scanner in it is throttled
// alone, and nobody else there is refused.
func TestAnOfficeIsKnownAgain(t *testing.T) {
	up := application(t, func(w http.ResponseWriter, r *http.Request) {
		switch who := r.URL.Query().Get("who"); {
		case r.URL.Path == "/login":
			w.Header().Set("Set-Cookie", "sid="+who)
			w.Header().Set("X-App-Event", fmt.Sprintf(`{"category":"login","type":"login.succeeded","text":"A login.","initiator":{"id":%q}}`, who))
		case r.URL.Path != "/":
			http.NotFound(w, r)
		}
	})
	g := startGate(t, up, setup{instance: "abuse {\n\t\t\tmode enforce\n\t\t}\n\t\tapplication_log {\n\t\t\tsession_cookie sid\n\t\t}", global: behindProxy})
	const office, street = "203.0.113.60", "203.0.113.61"
	for who := range 5 {
		// Accounts that are known from elsewhere, too.
		g.from("192.0.2."+strconv.Itoa(10+who), "/login?who=u"+strconv.Itoa(who), nil)
		g.from(office, "/login?who=u"+strconv.Itoa(who), nil)
	}
	g.flags() // what was learned is on the disk
	scan := func(ip string) {
		for _, path := range []string{"/.env", "/.git/config", "/id_rsa", "/backup.sql", "/dump.sql", "/db.sql.gz", "/.aws/credentials"} {
			g.from(ip, path, map[string]string{"User-Agent": "curl/8.5.0"})
		}
	}
	check := func(when string) {
		t.Helper()
		scan(office)
		scan(street)
		for _, c := range []struct {
			who, ip string
			header  map[string]string
			want    int
		}{
			{"a colleague", office, map[string]string{"Cookie": "sid=u3"}, http.StatusOK},
			{"a visitor of the office", office, nil, http.StatusOK},
			{"the scanner of the office", office, map[string]string{"User-Agent": "curl/8.5.0"}, http.StatusTooManyRequests},
			{"a scanner alone", street, nil, http.StatusForbidden},
		} {
			if res := g.from(c.ip, "/", c.header); res.StatusCode != c.want {
				t.Errorf("%s: %s gets %d, want %d", when, c.who, res.StatusCode, c.want)
			}
		}
	}
	g.kill()
	g.start()
	g.opened()
	check("after kill -9")
	if status, body := g.load(strings.Replace(g.config(), "mode enforce", "mode enforce\n\t\t\tban 2h", 1)); status != http.StatusOK {
		t.Fatal(status, body)
	}
	check("after a reload")
}

// Nobody can have another address banned, or lift a ban, by what a client may
// send.
func TestForgedAddresses(t *testing.T) {
	g := startGate(t, application(t, notThere), setup{instance: "abuse {\n\t\t\tmode enforce\n\t\t}"})
	for n := range 40 {
		res := g.from("198.51.100.77", "/.env"+strconv.Itoa(n), map[string]string{"X-Real-IP": "198.51.100.77", "Forwarded": "for=198.51.100.77"})
		if res.StatusCode != http.StatusNotFound {
			t.Fatalf("request %d from this machine: %d", n, res.StatusCode)
		}
	}
	if flags := g.flags(); strings.Contains(flags, "198.51.100.77") {
		t.Errorf("a forged address is flagged: %s", flags)
	}
}

// Pictures in a page make its readers ask for what only attackers ask for: pictures in
// user content of the site itself, of a sibling domain, and of a page over plain http
// that sends no referer. Nobody is banned, and the pages of the site stay open.
func TestPicturesLockNobodyOut(t *testing.T) {
	g := startGate(t, application(t, notThere), setup{instance: "abuse {\n\t\t\tmode enforce\n\t\t}", global: behindProxy})
	for name, picture := range map[string]struct {
		address string
		header  map[string]string
	}{
		"user content":                {"203.0.113.1", map[string]string{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors", "Referer": "http://" + g.site + "/"}},
		"a sibling domain":            {"203.0.113.2", map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"}},
		"plain http without referrer": {"203.0.113.3", map[string]string{"Accept": "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"}},
		"plain http":                  {"203.0.113.4", map[string]string{"Referer": "http://elsewhere.example/thread/7"}},
	} {
		for reader := range 5 {
			ip := fmt.Sprintf("%s%d", picture.address, reader)
			for round := range 3 {
				for _, path := range []string{
					"/.env", "/.git/config", "/id_rsa", "/backup.sql", "/.aws/credentials", "/wp-config.php.bak", "/c99.php", "/pma/index.php",
					"/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/a?x=%24%7Bjndi:ldap://x.example/a%7D", "/?id=1%27%20or%201=1--%20-",
				} {
					if res := g.from(ip, path, picture.header); res.StatusCode == http.StatusForbidden {
						t.Fatalf("%s: reader %d is banned", name, reader)
					}
				}
				if res := g.from(ip, "/", nil); res.StatusCode != http.StatusOK {
					t.Fatalf("%s: reader %d gets %d for a page in round %d", name, reader, res.StatusCode, round)
				}
			}
		}
	}
	if flags := g.flags(); strings.Contains(flags, `"banned"`) {
		t.Errorf("somebody is banned: %s", flags)
	}
	eventually(t, "what was asked for is in the log", func() bool { return verdicts(g.requests())["throttle"] > 0 })
	if n := verdicts(g.requests())["ban"]; n > 0 {
		t.Errorf("%d requests are refused as banned", n)
	}
}

// Who guesses passwords is slowed down on the login form, by what the application
// told; the rest of the site stays open, and other people too.
func TestGuessersAreSlowedDown(t *testing.T) {
	up := application(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			w.Header().Set("X-App-Event", fmt.Sprintf(`{"category":"login","type":"login.failed","outcome":"failure","text":"A login failed.","initiator":{"id":"u_1","name":"","email":%q}}`, r.URL.Query().Get("who")))
		}
	})
	g := startGate(t, up, setup{instance: "abuse {\n\t\t\tmode enforce\n\t\t}", global: behindProxy})
	refused := false
	for range 20 {
		refused = refused || g.from("203.0.113.50", "/login?who=ada@example.com", nil).StatusCode == http.StatusTooManyRequests
	}
	if !refused {
		t.Error("twenty wrong passwords are let through")
	}
	if res := g.from("203.0.113.50", "/", nil); res.StatusCode != http.StatusOK {
		t.Errorf("another page: %d", res.StatusCode)
	}
	if res := g.from("203.0.113.51", "/login?who=ada@example.com", nil); res.StatusCode != http.StatusOK {
		t.Errorf("the same account from elsewhere: %d", res.StatusCode)
	}
	if !strings.Contains(g.flags(), "login-bf") {
		t.Errorf("the flags are %s", g.flags())
	}
}

// Flagged clients can be routed elsewhere; and an own rule flags.
func TestFlaggedMatcher(t *testing.T) {
	g := startGate(t, application(t, notThere), setup{
		global:   behindProxy,
		instance: "abuse {\n\t\t\trule trap {\n\t\t\t\tmatch path /trap/*\n\t\t\t\tcapacity 1\n\t\t\t\tleak 1m\n\t\t\t\taction observe\n\t\t\t}\n\t\t}",
		site:     "@bad gatebook_flagged\n\trespond @bad \"tarpit\" 418",
	})
	for n, want := range []int{404, 404, 418} {
		if res := g.from("203.0.113.99", "/trap/"+strconv.Itoa(n), nil); res.StatusCode != want {
			t.Errorf("request %d: %d, want %d", n, res.StatusCode, want)
		}
	}
	if res := g.from("203.0.113.98", "/", nil); res.StatusCode != http.StatusOK {
		t.Errorf("somebody else: %d", res.StatusCode)
	}
}

// `on_banned abort` closes the connection, which is no failure of the application.
func TestAbortedBansAreNoErrors(t *testing.T) {
	g := startGate(t, application(t, notThere), setup{instance: "abuse {\n\t\t\tmode enforce\n\t\t\ton_banned abort\n\t\t}", global: behindProxy})
	g.from("198.51.100.23", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", nil)
	req, err := http.NewRequest(http.MethodGet, "http://"+g.site+"/", nil)
	must(t, err)
	req.Header.Set("X-Forwarded-For", "198.51.100.23")
	if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
		t.Errorf("who is banned gets %d", res.StatusCode)
		res.Body.Close()
	}
	eventually(t, "the ban is in the log", func() bool { return verdicts(g.requests())["ban"] > 0 })
	for _, r := range g.requests("--verdict", "ban") {
		if r.Status != http.StatusForbidden || !r.Aborted {
			t.Errorf("recorded as %+v", r)
		}
	}
	if status, body := g.askAdmin("acme/errors"); status != http.StatusOK || strings.Contains(body, "HTTP 500") {
		t.Errorf("errors: %d %s", status, body)
	}
}

// Who asks for a page of another host as from a proxy is seen, although the log has
// only the path.
func TestProxyRequestsAreSeen(t *testing.T) {
	up := application(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) })
	g := startGate(t, up, setup{instance: "abuse {\n\t\t\tmode enforce\n\t\t}", global: behindProxy})
	ask := func(ip, target string) {
		conn, err := net.Dial("tcp", g.site)
		must(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: %s\r\nConnection: close\r\n\r\n", target, g.site, ip)
		must(t, err)
		_, err = io.Copy(io.Discard, conn)
		must(t, err)
	}
	ask("198.51.100.1", "http://"+g.site+"/page")
	ask("198.51.100.2", "/page?next=http://example.org/")
	if flags := g.flags(); !strings.Contains(flags, "198.51.100.1/32") || !strings.Contains(flags, "http-open-proxy") || strings.Contains(flags, "198.51.100.2") {
		t.Errorf("the flags are %s", flags)
	}
}

// flags is the review queue of the admin endpoint.
func (g *gate) flags() string {
	g.t.Helper()
	status, body := g.askAdmin("acme/flags")
	if status != http.StatusOK {
		g.t.Fatalf("flags: %d %s", status, body)
	}
	return body
}

// config is the gate's Caddyfile.
func (g *gate) config() string {
	g.t.Helper()
	text, err := os.ReadFile(g.caddyfile)
	must(g.t, err)
	return string(text)
}
