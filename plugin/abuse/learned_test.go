package abuse_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// workday has eight people log in and use an application for a day, with one more
// request of each.
func workday(g *gate, extra func(r *record.Request)) {
	for hour := range 25 {
		for person := range 8 {
			now := start.Add(time.Duration(hour)*time.Hour + time.Duration(person)*time.Minute)
			ip := netip.AddrFrom4([4]byte{192, 0, byte(person), 7})
			name := fmt.Sprint("person ", person)
			g.login(name, ip, browser, name, true, 0, now)
			for i, path := range []string{"/", "/static/app.js", "/desks", "/desks/17"} {
				g.ask(name, &abuse.Request{Request: visit(ip, path)}, now.Add(time.Duration(i)*time.Second))
			}
			r := visit(ip, "/")
			extra(r)
			g.ask(name, &abuse.Request{Request: r}, now.Add(10*time.Second))
		}
	}
}

var afterWork = start.Add(26 * time.Hour)

// rulesOf returns the rules that requests break.
func rulesOf(g *gate, now time.Time, every time.Duration, list ...*record.Request) (rules []string) {
	for i, r := range list {
		at := now.Add(time.Duration(i) * every)
		for _, o := range g.Observe(&abuse.Request{Request: r}, at) {
			rules = append(rules, o.Rule+" "+o.Action.String())
		}
	}
	return rules
}

func misses(ip netip.Addr, n int, form string) (list []*record.Request) {
	for i := range n {
		list = append(list, missing(ip, fmt.Sprintf(form, string(rune('a'+i%26))+string(rune('a'+i/26)))))
	}
	return list
}

// What the application answers to its users is its own, and what they ask for in vain
// is a dead link.
func TestTheApplicationIsTheJudge(t *testing.T) {
	g := newGate(t, abuse.Config{})
	workday(g, func(r *record.Request) { r.Path, r.Status = "/old/link", 404 })
	if !g.Mature(afterWork) || newGate(t, abuse.Config{}).Mature(afterWork) {
		t.Fatal("the application is not known after a day")
	}
	for _, c := range []struct {
		name string
		list []*record.Request
		want string
	}{
		{"its own", []*record.Request{missing(attacker, "/desks/99"), missing(attacker, "/desks/98")}, "[]"},
		{"a dead link", slices.Repeat([]*record.Request{missing(attacker, "/old/link")}, 20), "[]"},
		{"what nobody knows", misses(attacker, 20, "/%s"), "[http-probing throttle]"},
	} {
		if got := fmt.Sprint(rulesOf(g, afterWork, time.Second, c.list...)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Who goes on is throttled harder, and banned in the end; on an installation that
// knows nothing yet it stays at a throttle.
func TestGoingOn(t *testing.T) {
	for _, known := range []bool{false, true} {
		g, now := newGate(t, abuse.Config{}), start
		if known {
			workday(g, func(*record.Request) {})
			now = afterWork
		}
		var waits []time.Duration
		for i := range 4 * 60 {
			r := missing(attacker, fmt.Sprintf("/guess-%c%c", 'a'+i%26, 'a'+i/26))
			at := now.Add(time.Duration(i) * time.Minute)
			g.Observe(&abuse.Request{Request: r}, at)
			for g.verdict(attacker, at) == record.VerdictPass && len(waits) > 0 {
			}
			v := g.Admit(abuse.Client{Addr: attacker, UserAgent: browser, Path: "/"}, at)
			if v.Verdict == record.VerdictBan {
				waits = append(waits, -1)
				break
			}
			if w := v.RetryAfter.Round(time.Second); v.Verdict == record.VerdictThrottle && !slices.Contains(waits, w) {
				waits = append(waits, w)
			}
		}
		if banned := slices.Contains(waits, -1); banned != known {
			t.Errorf("known %v: banned %v, after %v", known, banned, waits)
		}
	}
}

// Three addresses of an attacker cannot teach: they are in one network, or have no
// standing, and proof of an attack is never learned.
func TestPoison(t *testing.T) {
	g := newGate(t, abuse.Config{})
	for hour := range 30 {
		for i := range 3 {
			ip, now := netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), start.Add(time.Duration(hour)*time.Hour)
			for n, path := range []string{"/", "/a.css", "/.env", "/backup.sql", "/shop/hole", "/${jndi:ldap://x/a}"} {
				r := visit(ip, path)
				if n > 1 {
					r.Status = 404
				}
				g.Observe(&abuse.Request{Request: r}, now)
			}
		}
	}
	secrets := []*record.Request{missing(quiet, "/.env"), missing(quiet, "/backup.sql"), missing(quiet, "/.git/config"), missing(quiet, "/.htpasswd"), missing(quiet, "/id_rsa")}
	if got := fmt.Sprint(rulesOf(g, afterWork.Add(10*time.Hour), time.Second, secrets...)); got != "[http-sensitive-files block]" {
		t.Errorf("secrets: %s", got)
	}
}

// A person's "false positive" teaches the templates and parameters of its evidence, and
// undoing it takes that back.
func TestAFalsePositiveTeaches(t *testing.T) {
	g := newGate(t, abuse.Config{})
	search := func(i int) *record.Request {
		r := visit(attacker, "/search")
		r.Query = []string{"q=1'+UNION+SELECT+1,2--+-", "q=1;DROP+TABLE+x--", "q='+OR+1=1--+", "q=1'+AND+SLEEP(5)--+"}[i%4]
		return r
	}
	attack := func(now time.Time) string {
		var list []*record.Request
		for i := range 8 {
			list = append(list, search(i))
		}
		return fmt.Sprint(rulesOf(g, now, time.Second, list...))
	}
	if got := attack(start); got != "[http-sqli-probing block]" {
		t.Fatalf("before: %s", got)
	}
	proof := visit(attacker, "/${jndi:ldap://x/a}")
	if err := g.TeachFalsePositive("flag", []record.Evidence{{Request: *search(0)}, {Request: *search(1)}, {Request: *proof}}, start); err != nil {
		t.Fatal(err)
	}
	if got := attack(start.Add(time.Hour)); got != "[]" {
		t.Errorf("taught: %s", got)
	}
	if got := fmt.Sprint(rulesOf(g, start.Add(time.Hour), 0, proof)); got != "[http-exploit block]" {
		t.Errorf("proof is learned: %s", got)
	}
	items, _ := g.Learned(0, "", 10)
	if len(items) != 2 || g.UndoCorrections("flag") != 2 {
		t.Errorf("learned: %+v", items)
	}
	if got := attack(start.Add(2 * time.Hour)); got != "[http-sqli-probing block]" {
		t.Errorf("undone: %s", got)
	}
}

// What was learned is restored, and what cannot be read is counted.
func TestLearnedIsRestored(t *testing.T) {
	g := newGate(t, abuse.Config{Seed: 1})
	workday(g, func(*record.Request) {})
	stored := g.TakeLearned()
	again := newGate(t, abuse.Config{Seed: 1})
	if n := again.RestoreLearned(append(stored, record.Learned{Name: []byte("t12345678"), Value: []byte("?")}), afterWork); n != 1 {
		t.Errorf("%d cannot be read", n)
	}
	a, n := g.Learned(0, "", 100)
	b, m := again.Learned(0, "", 100)
	if n == 0 || n != m || fmt.Sprint(a) != fmt.Sprint(b) || !again.Mature(afterWork) {
		t.Errorf("%d items, restored %d", n, m)
	}
}

// What cannot be read is deleted, so that it is said once.
func TestWhatCannotBeReadIsDeleted(t *testing.T) {
	g := newGate(t, abuse.Config{})
	bad := map[string]bool{"load": false, "t12345678": false}
	var list []record.Learned
	for name := range bad {
		list = append(list, record.Learned{Name: []byte(name), Value: []byte("?")})
	}
	if n := g.RestoreLearned(list, start); n != len(bad) {
		t.Errorf("%d cannot be read", n)
	}
	for _, one := range g.TakeLearned() {
		if _, is := bad[string(one.Name)]; is && one.Value == nil {
			bad[string(one.Name)] = true
		}
	}
	for name, deleted := range bad {
		if !deleted {
			t.Errorf("%s is not deleted", name)
		}
	}
	if again := g.TakeLearned(); len(again) > 0 {
		t.Errorf("deleted twice: %v", again)
	}
}

// Neighbours that look for different things in vain are throttled as a subnet, but not
// a user among them, nor many that follow one dead link.
func TestSubnet(t *testing.T) {
	neighbour := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, 113, byte(i%200 + 1)}) }
	g := newGate(t, abuse.Config{})
	user := netip.MustParseAddr("203.0.113.250")
	g.login("user", user, browser, "anna", true, 0, start)
	for i := range 400 {
		g.Observe(&abuse.Request{Request: missing(neighbour(i), "/newsletter")}, start.Add(time.Duration(i)*100*time.Millisecond))
	}
	if v := g.verdict(neighbour(220), start.Add(time.Minute)); v != record.VerdictPass {
		t.Errorf("a dead link: %s", v)
	}
	for i, r := range misses(attacker, 400, "/odd-%s") {
		r.IP = neighbour(i)
		g.Observe(&abuse.Request{Request: r}, start.Add(2*time.Minute+time.Duration(i)*100*time.Millisecond))
	}
	now := start.Add(3 * time.Minute)
	if g.passes(netip.MustParseAddr("203.0.113.240"), browser, 0, now) {
		t.Error("the subnet is not throttled")
	}
	for range 20 {
		if v := g.verdict(user, now); v != record.VerdictPass {
			t.Fatalf("a user among them: %s", v)
		}
	}
}

// Paths can have rates, of each client or of all together.
func TestPathRates(t *testing.T) {
	g := newGate(t, abuse.Config{Paths: []abuse.PathRate{
		{Method: "POST", Path: "/login", PerSecond: 1.0 / 6, Burst: 3},
		{Path: "/search*", PerSecond: 1, Burst: 5, PerInstance: true},
	}})
	asks := func(n int, ip netip.Addr, method, path string) (passed int) {
		for range n {
			if g.Admit(abuse.Client{Addr: ip, UserAgent: browser, Method: method, Path: path}, start).Verdict == record.VerdictPass {
				passed++
			}
		}
		return passed
	}
	for _, c := range []struct {
		ip           netip.Addr
		method, path string
		want         int
	}{
		{attacker, "POST", "/login", 3}, {quiet, "POST", "/login", 3}, {attacker, "GET", "/login", 10},
		{attacker, "GET", "/search/x", 5}, {quiet, "GET", "/search/x", 0}, {quiet, "GET", "/", 10},
	} {
		if got := asks(10, c.ip, c.method, c.path); got != c.want {
			t.Errorf("%s %s: %d pass, want %d", c.method, c.path, got, c.want)
		}
	}
	if v := g.Admit(abuse.Client{Addr: attacker, UserAgent: browser, Method: "POST", Path: "/login"}, start); v.RetryAfter < 5*time.Second || v.RetryAfter > 7*time.Second {
		t.Errorf("%+v", v)
	}
}
