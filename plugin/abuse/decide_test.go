package abuse_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// Bans get longer with each, up to a week, and end when they said they would.
func TestBanLadder(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	for i, want := range []time.Duration{15 * time.Minute, time.Hour, 4 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 7 * 24 * time.Hour} {
		provoke(g, attacker, now)
		v := g.Admit(abuse.Client{Addr: attacker}, now)
		if v.Verdict != record.VerdictBan || v.RetryAfter != want || v.Rule != "http-exploit" {
			t.Fatalf("ban %d: %+v, want %s", i+1, v, want)
		}
		if g.verdict(attacker, now.Add(want-time.Second)) != record.VerdictBan || g.verdict(attacker, now.Add(want)) != record.VerdictPass {
			t.Fatalf("ban %d does not end after %s", i+1, want)
		}
		now = now.Add(want + time.Minute)
	}
	flag, _ := g.Flag(addressOf(attacker))
	if flag.Strikes != 6 || flag.State != record.FlagBanned || len(flag.Rules) != 1 || flag.Rules[0].Count != 6 {
		t.Errorf("%+v", flag)
	}
	if _, err := g.Decide(addressOf(attacker), record.Decision{Decision: record.DecideFalsePositive, By: "sec"}, now); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	provoke(g, attacker, now)
	if v := g.Admit(abuse.Client{Addr: attacker}, now); v.RetryAfter != 15*time.Minute {
		t.Errorf("after a false positive a ban lasts %s", v.RetryAfter)
	}
}

// An allow beats a ban, whether the gate or a person imposed it, and also one of a
// narrower prefix.
func TestAllowBeatsBan(t *testing.T) {
	wide := record.FlagSubject{Kind: record.AddressSubject, Value: "198.51.100.0/24"}
	ban := record.Decision{Decision: record.DecideBan, By: "sec", Note: "loud"}
	allow := record.Decision{Decision: record.DecideAllow, By: "sec"}
	for name, c := range map[string]struct {
		config abuse.Config
		decide func(g *gate) error
		want   record.Verdict
	}{
		"ban": {decide: func(g *gate) error { _, err := g.Decide(wide, ban, start); return err }, want: record.VerdictBan},
		"allow narrower": {decide: func(g *gate) error {
			_, _ = g.Decide(wide, ban, start)
			_, err := g.Decide(addressOf(attacker), allow, start)
			return err
		}, want: record.VerdictPass},
		"allow wider": {decide: func(g *gate) error {
			_, _ = g.Decide(addressOf(attacker), ban, start)
			_, err := g.Decide(wide, allow, start)
			return err
		}, want: record.VerdictPass},
		"undone": {decide: func(g *gate) error {
			_, _ = g.Decide(wide, ban, start)
			_, err := g.Decide(wide, record.Decision{Decision: record.DecideClear, By: "sec"}, start)
			return err
		}, want: record.VerdictPass},
	} {
		g := newGate(t, c.config)
		if err := c.decide(g); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := g.verdict(attacker, start); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// What is private is left alone unless a person names it; what the configuration
// allows, always.
func TestLeftAlone(t *testing.T) {
	mine := netip.MustParsePrefix("198.51.100.0/24")
	for _, c := range []struct {
		config abuse.Config
		ip     string
		banned bool
	}{
		{abuse.Config{}, "198.51.100.66", true},
		{abuse.Config{Allow: []netip.Prefix{mine}}, "198.51.100.66", false},
		{abuse.Config{}, "::ffff:198.51.100.66", true},
		{abuse.Config{Allow: []netip.Prefix{netip.MustParsePrefix("::ffff:198.51.100.0/120")}}, "198.51.100.66", false},
		{abuse.Config{}, "10.1.2.3", false},
		{abuse.Config{}, "127.0.0.1", false},
		{abuse.Config{}, "100.64.3.2", false},
		{abuse.Config{}, "fe80::1%eth0", false},
		{abuse.Config{}, "fd00::1", false},
		{abuse.Config{}, "::1", false},
		{abuse.Config{Private: true}, "10.1.2.3", true},
		{abuse.Config{}, "2001:db8::1", true},
	} {
		g, ip := newGate(t, c.config), netip.MustParseAddr(c.ip)
		provoke(g, ip, start)
		if got := g.verdict(ip, start) == record.VerdictBan; got != c.banned {
			t.Errorf("%s is banned: %v, with %+v", c.ip, got, c.config)
		}
	}
	g, private := newGate(t, abuse.Config{}), netip.MustParseAddr("10.1.2.3")
	if _, err := g.Decide(addressOf(private), record.Decision{Decision: record.DecideBan, By: "sec"}, start); err != nil {
		t.Fatal(err)
	}
	if g.verdict(private, start) != record.VerdictBan {
		t.Error("a person cannot ban a private address by name")
	}
	if g.Admit(abuse.Client{Path: "/"}, start).Verdict != record.VerdictPass {
		t.Error("who has no address is limited")
	}
}

// A mode that observes finds the same, and refuses nothing.
func TestObserving(t *testing.T) {
	d := newDetector(t, abuse.Config{})
	for i := range 2000 {
		now := start.Add(time.Duration(i) * time.Millisecond)
		r := missing(attacker, fmt.Sprintf("/%d/.env", i))
		if v := d.Admit(abuse.Client{Addr: r.IP, UserAgent: r.UserAgent, Path: r.Path}, now); v.Verdict != record.VerdictPass {
			t.Fatalf("%+v", v)
		}
		d.Observe(&abuse.Request{Request: r}, now)
	}
	flag, _ := d.Flag(addressOf(attacker))
	var rules []string
	for _, r := range flag.Rules {
		rules = append(rules, r.Rule)
	}
	if flag.State != record.FlagObserved || flag.Strikes != 0 || !slices.Equal(rules, []string{"http-probing", "rate"}) {
		t.Errorf("%s %v", flag.State, rules)
	}
}

// Past the budget there are no more bans, and the instance is flagged.
func TestBanBudget(t *testing.T) {
	g := newGate(t, abuse.Config{BansPerMinute: 10})
	banned := 0
	for i := range 50 {
		ip := netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})
		provoke(g, ip, start)
		if g.verdict(ip, start) == record.VerdictBan {
			banned++
		}
	}
	if banned != 10 {
		t.Errorf("%d bans", banned)
	}
	if flag, ok := g.Flag(record.FlagSubject{Kind: record.InstanceSubject}); !ok || flag.Rules[0].Rule != abuse.BanBudgetRule {
		t.Errorf("the instance is not flagged: %+v", flag)
	}
	late := netip.MustParseAddr("203.0.113.99")
	provoke(g, late, start.Add(time.Minute))
	if g.verdict(late, start.Add(time.Minute)) != record.VerdictBan {
		t.Error("there is no budget in the next minute")
	}
}

// Flags that were stored hold again from the first request on.
func TestRestore(t *testing.T) {
	g := newGate(t, abuse.Config{})
	slow, allowed := netip.MustParseAddr("203.0.113.8"), netip.MustParseAddr("203.0.113.9")
	provoke(g, attacker, start)
	wide := record.FlagSubject{Kind: record.AddressSubject, Value: "192.0.2.0/24"}
	for subject, decision := range map[record.FlagSubject]record.Decision{
		addressOf(slow):    {Decision: record.DecideThrottle, By: "sec", Until: start.Add(time.Hour)},
		addressOf(allowed): {Decision: record.DecideAllow, By: "sec"},
		wide:               {Decision: record.DecideBan, By: "sec", Note: "a noisy network"},
	} {
		if _, err := g.Decide(subject, decision, start); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(g.TakeChanged())
	if err != nil {
		t.Fatal(err)
	}
	var stored []record.Flag
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	after := newGate(t, abuse.Config{Seed: 2})
	after.Restore(stored, start)
	for ip, want := range map[string]record.Verdict{
		attacker.String(): record.VerdictBan, "192.0.2.200": record.VerdictBan, slow.String(): record.VerdictThrottle, allowed.String(): record.VerdictPass,
	} {
		if got := after.verdict(netip.MustParseAddr(ip), start.Add(time.Millisecond)); got != want {
			t.Errorf("%s: %s, want %s", ip, got, want)
		}
	}
	provoke(after, allowed, start)
	if _, ok := after.Flag(addressOf(allowed)); !ok || after.verdict(allowed, start) != record.VerdictPass {
		t.Error("who is allowed is refused")
	}
	if after.verdict(attacker, start.Add(16*time.Minute)) != record.VerdictPass {
		t.Error("a restored ban does not end")
	}
	provoke(after, attacker, start.Add(16*time.Minute))
	if flag, _ := after.Flag(addressOf(attacker)); flag.Strikes != 2 {
		t.Errorf("%d strikes", flag.Strikes)
	}
}

func TestWrongDecisions(t *testing.T) {
	d := newDetector(t, abuse.Config{})
	ban := record.Decision{Decision: record.DecideBan}
	address := func(s string) record.FlagSubject {
		return record.FlagSubject{Kind: record.AddressSubject, Value: s}
	}
	for _, c := range []struct {
		subject  record.FlagSubject
		decision record.Decision
		want     string
	}{
		{address("nonsense"), ban, "no address"},
		{address("203.0.113.7/33"), ban, "no address"},
		{address("203.0.0.0/15"), ban, "too wide"},
		{address("0.0.0.0/0"), ban, "too wide"},
		{address("::/0"), ban, "too wide"},
		{address("::ffff:0.0.0.0/96"), ban, "too wide"},
		{address("2001::/31"), ban, "too wide"},
		{address("203.0.113.7"), record.Decision{Decision: "burn"}, "must be one of ban, throttle"},
		{address("203.0.113.7"), record.Decision{Decision: record.DecideBan, Until: start}, "is over"},
		{record.FlagSubject{Kind: record.AccountSubject, Value: "anna"}, ban, "for addresses"},
		{record.FlagSubject{Kind: "dog", Value: "anna"}, ban, "subject kind"},
	} {
		if _, err := d.Decide(c.subject, c.decision, start); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %v: error %v, want %q", c.subject, c.decision.Decision, err, c.want)
		}
	}
	if list := d.TakeChanged(); len(list) > 0 {
		t.Errorf("flags changed: %v", list)
	}
}

// A flag has its evidence once, short, and at most 20 requests of it.
func TestEvidence(t *testing.T) {
	g := newGate(t, abuse.Config{Actions: map[string]abuse.Action{"http-sensitive-files": abuse.Observe}})
	long := strings.Repeat("x", 5000)
	proofs := 0
	for i := range 300 {
		now := start.Add(time.Duration(i) * 30 * time.Second)
		for k := range 6 {
			r := missing(attacker, fmt.Sprintf("/%d/%d/.env", i, k))
			r.Query, r.UserAgent = long, "agent \xff\x00"+long
			g.Observe(&abuse.Request{Request: r}, now)
		}
		for _, flag := range g.TakeChanged() {
			for _, e := range flag.Evidence {
				proofs++
				if len(e.Path)+len(e.Query) > 512 || len(e.UserAgent) > 520 || !strings.HasSuffix(e.Path, "/.env") || e.IP != attacker {
					t.Fatalf("%+v", e)
				}
			}
		}
	}
	if proofs != 20 {
		t.Errorf("%d requests are evidence", proofs)
	}
}

// Evidence says what a request asked for, what the application answered, who asked,
// and how much that counted.
func TestEvidenceHasItsWorth(t *testing.T) {
	for name, one := range map[string]struct {
		agent  string
		caused bool
		known  bool
		path   string
		query  string
		status int
		n      int
		want   record.Worth
	}{
		"an exploit": {path: "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", status: 404, n: 1,
			want: record.Worth{Intent: record.IntentExploit, Answer: record.AnswerMissing, Client: record.ClientStranger, Rule: "http-exploit", Cost: 1}},
		"a secret that was answered": {path: "/.env /backup.sql /.git/config /.htpasswd /id_rsa", status: 200, n: 5,
			want: record.Worth{Intent: record.IntentSecret, Answer: record.AnswerServed, Client: record.ClientStranger, Rule: "http-sensitive-files", Cost: 1}},
		"SQL in the application's own page": {known: true, path: "/desks/1", query: "%d=1'+UNION+SELECT+1,2--+-", status: 500, n: 5,
			want: record.Worth{Intent: record.IntentSQL, Answer: record.AnswerOwn, Client: record.ClientStranger, Rule: "http-sqli-probing", Cost: 1}},
		"a way out behind a dead link": {known: true, path: "/old/link", query: "file=c:/boot.ini&n=%d", status: 404, n: 12,
			want: record.Worth{Intent: record.IntentTraversal, Answer: record.AnswerDeadLink, Client: record.ClientStranger, Rule: "http-path-traversal-probing", Cost: 1}},
		"a miss by a page": {path: "/missing", status: 404, n: 13, caused: true,
			want: record.Worth{Intent: record.IntentOrdinary, Answer: record.AnswerMissing, Client: record.ClientCaused, Rule: "http-probing", Cost: 1}},
		"a tool": {path: "/robots", status: 403, n: 3, agent: "sqlmap/1.8",
			want: record.Worth{Intent: record.IntentOrdinary, Answer: record.AnswerForbidden, Client: record.ClientTool, Rule: "http-bad-user-agent", Cost: 1}},
		"passwords": {path: "/session", status: 401, n: 13,
			want: record.Worth{Intent: record.IntentLogin, Answer: record.AnswerUnauthorized, Client: record.ClientStranger, Rule: "http-generic-401-bf", Cost: 1}},
		"passwords that a form refuses": {path: "/login", status: 422, n: 13,
			want: record.Worth{Intent: record.IntentLogin, Answer: record.AnswerOther, Client: record.ClientStranger, Rule: "login-rate", Cost: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, abuse.Config{})
			if one.known {
				workday(g, func(r *record.Request) { r.Path, r.Status = "/old/link", 404 })
			}
			for i := range one.n {
				paths := strings.Fields(one.path)
				r := missing(attacker, paths[i%len(paths)])
				r.Status = one.status
				switch {
				case one.query != "":
					r.Query = fmt.Sprintf(one.query, i)
				case one.want.Intent == record.IntentLogin:
					r.Method = "POST"
				case one.want.Rule == "http-probing":
					r.Path += fmt.Sprint("/", i)
				}
				if one.agent != "" {
					r.UserAgent = one.agent
				}
				g.Observe(&abuse.Request{Request: r, CrossSite: one.caused}, start.Add(48*time.Hour))
			}
			var found []record.Worth
			for _, f := range g.TakeChanged() {
				for _, e := range f.Evidence {
					if e.Worth == one.want {
						return
					}
					found = append(found, e.Worth)
				}
			}
			t.Errorf("evidence has %+v\nwant %+v", found, one.want)
		})
	}
}

// The same input has the same output, whatever the mode and the seed.
func TestDeterministic(t *testing.T) {
	run := func(c abuse.Config) (found []abuse.Overflow) {
		d := newDetector(t, c)
		for i := range 5000 {
			ip := netip.AddrFrom4([4]byte{203, 0, 113, byte(i * 7)})
			r := missing(ip, fmt.Sprintf("/%d/.env", i))
			found = append(found, d.Observe(&abuse.Request{Request: r}, start.Add(time.Duration(i)*3*time.Millisecond))...)
		}
		return found
	}
	want := run(abuse.Config{})
	if len(want) == 0 {
		t.Fatal("nothing is found")
	}
	for _, c := range []abuse.Config{{Enforce: true, BansPerMinute: 1000}, {Seed: 99}} {
		if got := run(c); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: %d overflows, want %d", c, len(got), len(want))
		}
	}
}

// A note alone leaves a ban, and what people made of it, as they were.
func TestNoteAlone(t *testing.T) {
	g := newGate(t, abuse.Config{})
	provoke(g, attacker, start)
	before, _ := g.Flag(addressOf(attacker))
	after, err := g.Decide(addressOf(attacker), record.Decision{By: "sec", Note: "called the owner"}, start)
	if err != nil || len(after.Notes) != 1 || len(after.Decisions) != 0 || after.State != before.State || after.Review != before.Review || after.Until != before.Until {
		t.Errorf("%+v, %v", after, err)
	}
	if g.verdict(attacker, start) != record.VerdictBan {
		t.Error("the ban is over")
	}
	if _, err := g.Decide(addressOf(attacker), record.Decision{By: "sec"}, start); err == nil {
		t.Error("neither a decision nor a note, and no error")
	}
}
