package abuse_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

var (
	attacker = netip.MustParseAddr("198.51.100.66")
	quiet    = netip.MustParseAddr("203.0.113.7")
)

// missing returns a request that is answered with 404.
func missing(ip netip.Addr, path string) *record.Request {
	r := visit(ip, path)
	r.Status = 404
	return r
}

// A scanner is refused within its first 15 bad requests, also when it changes its
// user agent or its cookie with each.
func TestAScannerIsRefused(t *testing.T) {
	for name, change := range map[string]func(r *abuse.Request, i int){
		"one agent":  func(*abuse.Request, int) {},
		"new agents": func(r *abuse.Request, i int) { r.UserAgent = fmt.Sprintf("Mozilla/5.0 (%d)", i) },
		"new cookies": func(r *abuse.Request, i int) {
			r.Session, r.UserAgent = uint64(i+1), fmt.Sprintf("Mozilla/5.0 (%d)", i)
		},
		"IPv6, new addresses": func(r *abuse.Request, i int) {
			r.IP, r.UserAgent = netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(i)}), fmt.Sprintf("Mozilla/5.0 (%d)", i)
		},
		"as from a foreign page": func(r *abuse.Request, _ int) { r.CrossSite = true },
		"secret files":           func(r *abuse.Request, i int) { r.Path = fmt.Sprintf("/%d/.env", i) },
	} {
		t.Run(name, func(t *testing.T) {
			g, now := newGate(t, abuse.Config{}), start
			for i := range 15 {
				now = now.Add(200 * time.Millisecond)
				r := abuse.Request{Request: missing(attacker, fmt.Sprintf("/old-%d", i))}
				change(&r, i)
				if !g.ask("scanner", &r, now) {
					t.Logf("refused at bad request %d: %s by %s", i+1, g.last.Verdict, g.last.Rule)
					return
				}
			}
			t.Error("15 bad requests passed")
		})
	}
}

// Images on a foreign page make its visitors request paths that only attackers
// request. None of them is banned.
func TestPicturesOnAForeignPage(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	for visitor := range 50 {
		ip := netip.AddrFrom4([4]byte{203, 0, 113, byte(visitor)})
		for i, path := range []string{"/.env", "/shell.php", "/c99.php", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/.git/config", "/pma/index.php", "/.svn/", "/id_rsa", "/wp-config.php.bak", "/x/../../etc/passwd"} {
			for k := range 3 {
				now = now.Add(10 * time.Millisecond)
				r := missing(ip, path)
				r.Query = fmt.Sprintf("a=%d<script>union select", i*3+k)
				r.Referer = "https://evil.example/page"
				g.ask("visitor", &abuse.Request{Request: r, CrossSite: abuse.CrossSite("", r.Referer, r.Host)}, now)
				if g.last.Verdict == record.VerdictBan {
					t.Fatalf("a visitor is banned by %s", g.last.Rule)
				}
			}
		}
	}
	for _, flag := range g.TakeChanged() {
		if flag.State == record.FlagBanned || flag.Strikes > 0 {
			t.Errorf("%s is %s", flag.Subject.Value, flag.State)
		}
	}
}

func TestCrossSite(t *testing.T) {
	for _, c := range []struct {
		fetch, referer, host string
		want                 bool
	}{
		{"cross-site", "", "a.example", true},
		{"same-origin", "https://b.example/", "a.example", false},
		{"none", "", "a.example", false},
		{"", "https://b.example/x", "a.example", true},
		{"", "https://A.example/x", "a.example:8443", false},
		{"", "https://a.example:9?x", "a.example", false},
		{"", "https://[2001:db8::1]:90/", "[2001:db8::1]", false},
		{"", "https://b.example/x", "", false},
		{"", "nonsense", "a.example", false},
		{"", "", "a.example", false},
	} {
		if got := abuse.CrossSite(c.fetch, c.referer, c.host); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// The headers that a client chooses (user agent, cookie, referer, host, user) cannot
// get another client refused, and cannot avoid a sanction.
func TestForgedIdentities(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	victim := func() *abuse.Request {
		return &abuse.Request{Request: visit(quiet, "/desks"), Session: 77}
	}
	g.Login(&abuse.LoginEvent{Addr: quiet, UserAgent: browser, Account: "anna", Success: true, Path: "/login", Session: 77}, now)
	for i := range 500 {
		now = now.Add(100 * time.Millisecond)
		r := missing(attacker, fmt.Sprintf("/.env.%d", i))
		r.Path = []string{"/.env", "/shell.php", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/missing"}[i%4]
		r.User, r.Referer = "anna", "https://booking.example.com/"
		// A stolen or guessed session value is the worst of it.
		g.ask("attacker", &abuse.Request{Request: r, Session: uint64(i % 100)}, now)
		if !g.ask("victim", victim(), now) {
			t.Fatalf("the victim is refused by %s after %d requests", g.last.Rule, i)
		}
	}
	if flag, ok := g.Flag(record.FlagSubject{Kind: record.AddressSubject, Value: quiet.String() + "/32"}); ok {
		t.Errorf("the victim is flagged: %+v", flag)
	}
	if g.refused["attacker"] < 490 {
		t.Errorf("the attacker is refused %d times only", g.refused["attacker"])
	}
}

// A flood is refused, with the time after which the next request passes. Other
// clients, also of the same address, are not.
func TestAFlood(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	beside := visit(attacker, "/desks")
	beside.UserAgent = "another browser"
	passed := 0
	for i := range 20_000 {
		now = now.Add(time.Millisecond)
		if g.ask("flood", &abuse.Request{Request: visit(attacker, "/")}, now) {
			passed++
		} else if i%1000 == 0 {
			checkRetry(t, g, now)
		}
		if i%500 == 0 {
			g.ask("quiet", &abuse.Request{Request: visit(quiet, "/desks")}, now)
			g.ask("beside", &abuse.Request{Request: beside}, now)
		}
	}
	if passed < 500 || passed > 1600 {
		t.Errorf("%d requests in 20 seconds passed, want at most 500 and 50 a second", passed)
	}
	if g.refused["quiet"]+g.refused["beside"] > 0 {
		t.Errorf("refused: %v", g.refused)
	}
}

// checkRetry requests just before and at the time that was announced.
func checkRetry(t *testing.T, g *gate, now time.Time) {
	t.Helper()
	wait := g.last.RetryAfter
	if g.last.Verdict != record.VerdictThrottle || g.last.Rule != "rate" || wait <= 0 || wait > time.Second {
		t.Fatalf("%+v", g.last)
	}
	c := abuse.Client{Addr: attacker, UserAgent: browser, Path: "/"}
	if v := g.Admit(c, now.Add(wait-10*time.Microsecond)); v.Verdict == record.VerdictPass {
		t.Errorf("it passes before the %s that it should wait", wait)
	}
	if v := g.Admit(c, now.Add(wait+10*time.Microsecond)); v.Verdict != record.VerdictPass {
		t.Errorf("it does not pass after %s: %+v", wait, v)
	}
}
