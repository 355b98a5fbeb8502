package abuse_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/abuse/learned"
	"github.com/gatebook/gatebook/record"
)

// attempt is a login of an account at an address.
type attempt struct {
	account, ip string
	success     bool
	after       time.Duration
}

// repeated are n attempts, of which i chooses the details.
func repeated(n int, make func(i int) attempt) (list []attempt) {
	for i := range n {
		list = append(list, make(i))
	}
	return list
}

func TestLoginRules(t *testing.T) {
	one, here := "anna", attacker.String()
	fail := func(account, ip string, after time.Duration) attempt { return attempt{account, ip, false, after} }
	for name, c := range map[string]struct {
		attempts []attempt
		rule     string
		found    bool
		kind     record.SubjectKind
		value    string
		action   abuse.Action
	}{
		"guessing":                    {repeated(6, func(int) attempt { return fail(one, here, time.Second) }), "login-bf", true, record.AddressSubject, here + "/32", abuse.Throttle},
		"mistyping":                   {repeated(5, func(int) attempt { return fail(one, here, time.Second) }), "login-bf", false, "", "", 0},
		"guessing slowly":             {repeated(11, func(int) attempt { return fail(one, here, 10*time.Minute) }), "login-slow-bf", true, record.AddressSubject, here + "/32", abuse.Throttle},
		"looking for accounts":        {repeated(6, func(i int) attempt { return fail(fmt.Sprint(i), here, time.Second) }), "login-user-enum", true, record.AddressSubject, here + "/32", abuse.Block},
		"the same account again":      {repeated(6, func(int) attempt { return fail(one, here, time.Second) }), "login-user-enum", false, "", "", 0},
		"many come in":                {repeated(60, func(i int) attempt { return attempt{fmt.Sprint(i), here, i%10 != 0, time.Second} }), "login-user-enum", false, "", "", 0},
		"spraying":                    {repeated(11, func(i int) attempt { return fail(fmt.Sprint(i), here, 10*time.Second) }), "login-spraying", true, record.AddressSubject, here + "/32", abuse.Observe},
		"spraying from everywhere":    {repeated(11, func(i int) attempt { return fail(fmt.Sprint(i), fmt.Sprintf("203.0.113.%d", i), 10*time.Second) }), "login-spraying", true, record.InstanceSubject, "", abuse.Observe},
		"one account from everywhere": {repeated(6, func(i int) attempt { return fail(one, fmt.Sprintf("203.0.113.%d", i), 10*time.Second) }), "login-distributed", true, record.AccountSubject, one, abuse.Observe},
		"one account at home":         {repeated(6, func(int) attempt { return fail(one, here, time.Hour) }), "login-distributed", false, "", "", 0},
		"got in":                      {append(repeated(5, func(int) attempt { return fail(one, here, time.Second) }), attempt{one, here, true, time.Second}), "login-takeover", true, record.AccountSubject, one, abuse.Observe},
		"remembered":                  {append(repeated(4, func(int) attempt { return fail(one, here, time.Second) }), attempt{one, here, true, time.Second}), "login-takeover", false, "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, now := newDetector(t, abuse.Config{Enforce: true}), start
			var found []abuse.Overflow
			for _, a := range c.attempts {
				now = now.Add(a.after)
				found = append(found, d.Login(&abuse.LoginEvent{Addr: netip.MustParseAddr(a.ip), UserAgent: browser, Account: a.account, Success: a.success, Path: "/login"}, now)...)
			}
			got := false
			for _, o := range found {
				if o.Rule == c.rule && (!c.found || o.Subject.Kind == c.kind) {
					got = true
					if c.found && (o.Subject.Value != c.value || o.Action != c.action) {
						t.Errorf("%+v", o)
					}
				}
			}
			if got != c.found {
				t.Errorf("%s: %v, of %v", c.rule, got, found)
			}
		})
	}
}

// Only the form is held up, and who is in stays in.
func TestWrongPasswordsThrottleTheForm(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	for range 10 {
		now = now.Add(100 * time.Millisecond)
		g.login("guesser", attacker, browser, "anna", false, 0, now)
	}
	if g.refused["guesser"] == 0 {
		t.Error("the guesser is not refused")
	}
	if !g.ask("reader", &abuse.Request{Request: visit(attacker, "/desks")}, now) {
		t.Error("other pages are refused")
	}
}

// An address at which five users are known is not banned by a rule, but by a
// person.
func TestSharedAddress(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	for u := range 5 {
		g.know(fmt.Sprint(u), now)
		g.login("user", office, browser, fmt.Sprint(u), true, uint64(u+1), now)
	}
	r := missing(office, "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php")
	r.UserAgent = "curl/8.5.0"
	g.ask("attacker", &abuse.Request{Request: r}, now)
	if g.ask("attacker", &abuse.Request{Request: r}, now) {
		t.Error("the attacker is not held up")
	}
	if !g.ask("user", &abuse.Request{Request: visit(office, "/desks"), Session: 1}, now) || !g.ask("guest", &abuse.Request{Request: visit(office, "/login")}, now) {
		t.Errorf("others are refused by %s", g.last.Rule)
	}
	flag, _ := g.Flag(addressOf(office))
	if flag.State != record.FlagThrottled || flag.Scope != "agent" || flag.Strikes != 0 {
		t.Errorf("%+v", flag)
	}
	// After a day nobody is known.
	later := now.Add(25 * time.Hour)
	g.ask("attacker", &abuse.Request{Request: r}, later)
	if g.verdict(office, later) != record.VerdictBan {
		t.Error("it is shared for ever")
	}
	g = newGate(t, abuse.Config{})
	if _, err := g.Decide(addressOf(office), record.Decision{Decision: record.DecideBan, By: "sec"}, now); err != nil || g.verdict(office, now) != record.VerdictBan {
		t.Errorf("a person cannot ban it: %v", err)
	}
}

// A foreign page whose visitors send logins gets none of them banned.
func TestLoginsThatAnotherSiteCaused(t *testing.T) {
	g := newGate(t, abuse.Config{})
	for i := range 8 {
		g.Login(&abuse.LoginEvent{Addr: attacker, UserAgent: browser, Account: fmt.Sprint("c", i), Path: "/login", CrossSite: true}, start)
	}
	f, ok := g.Flag(addressOf(attacker))
	if !ok || f.State != record.FlagThrottled || g.verdict(attacker, start) != record.VerdictPass {
		t.Errorf("%+v, and another page is answered by %s", f, g.verdict(attacker, start))
	}
	for i := range 6 {
		g.Login(&abuse.LoginEvent{Addr: attacker, UserAgent: browser, Account: fmt.Sprint("d", i), Path: "/login"}, start)
	}
	if g.verdict(attacker, start) != record.VerdictBan {
		t.Error("who does it without another site is not banned")
	}
}

// Who tries another spelling of the form finds it closed as well, and who tries
// many doors finds all closed.
func TestOtherDoorsToTheForm(t *testing.T) {
	guess := func(g *gate, path string, now time.Time) bool {
		r := visit(attacker, path)
		r.Method = "POST"
		if !g.ask("guesser", &abuse.Request{Request: r}, now) {
			return false
		}
		g.Login(&abuse.LoginEvent{Addr: attacker, UserAgent: browser, Account: "anna", Path: path}, now)
		return true
	}
	g, now := newGate(t, abuse.Config{}), start
	for range 10 {
		now = now.Add(10 * time.Millisecond)
		guess(g, "/login", now)
	}
	for _, same := range []string{"/login", "/login/", "//login", "/LOGIN", "/login;x=1", "/%6cogin"} {
		if guess(g, same, now) {
			t.Errorf("%s is open", same)
		}
	}
	passed := 0
	for i := range 60 {
		now = now.Add(10 * time.Millisecond)
		if guess(g, fmt.Sprintf("/door/%d", i), now) {
			passed++
		}
	}
	// Four doors are open once each; then all are held up, and one more passes in 0.6 s.
	if passed > 6 {
		t.Errorf("%d of 60 doors were open", passed)
	}
	if f, _ := g.Flag(addressOf(attacker)); f.State != record.FlagThrottled || f.Scope != record.ScopeForm {
		t.Errorf("%s, scope %q", f.State, f.Scope)
	}
}

// A form with a usual name is one in every spelling, unless a person says that it is
// none.
func TestUsualLoginPaths(t *testing.T) {
	for _, path := range []string{"/login", "/logi%6e", "/login%2f", "/%6c%6f%67in;x"} {
		if n := postsThatPass(newGate(t, abuse.Config{}), path); n > 20 {
			t.Errorf("%d of 60 attempts at %s pass", n, path)
		}
	}
	g := newGate(t, abuse.Config{})
	if err := g.Correct(learned.Login, "/api/sessions", false, "ann", start); err != nil {
		t.Fatal(err)
	}
	if n := postsThatPass(g, "/api/sessions"); n != 60 {
		t.Errorf("%d of 60 requests pass, to a path that a person says is no login", n)
	}
}

// postsThatPass returns how many of 60 requests in a minute pass.
func postsThatPass(g *gate, path string) (passed int) {
	for i := range 60 {
		r := visit(attacker, path)
		r.Method = "POST"
		if g.ask("attacker", &abuse.Request{Request: r}, start.Add(time.Duration(i)*time.Second)) {
			passed++
		}
	}
	return passed
}
