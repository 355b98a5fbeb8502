package abuse_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// startWork logs five users of the office in, and returns who became known.
func startWork(g *gate, now time.Time) []record.Known {
	for u := range 5 {
		g.know(fmt.Sprint(u), now)
		g.login("user", office, browser, fmt.Sprint(u), true, uint64(u+1), now)
	}
	return g.TakeKnown()
}

// After a restart a shared address is still shared, and sessions are confirmed.
func TestKnownUsersAreRestored(t *testing.T) {
	const seed = 7
	known := startWork(newGate(t, abuse.Config{Seed: seed}), start)
	// An account at three addresses and a session for each, and how old each is.
	if len(known) != 5*6 {
		t.Fatalf("%d are known: %v", len(known), known)
	}
	now := start.Add(time.Minute)
	for name, c := range map[string]struct {
		config abuse.Config
		known  []record.Known
		later  time.Duration
		banned bool
	}{
		"restart":           {abuse.Config{Seed: seed}, known, 0, false},
		"nobody is known":   {abuse.Config{Seed: seed}, nil, 0, true},
		"another seed":      {abuse.Config{Seed: seed + 1}, known, 0, true},
		"after a day":       {abuse.Config{Seed: seed}, known, 24 * time.Hour, true},
		"damaged":           {abuse.Config{Seed: seed}, []record.Known{{Place: 255, Key: 1, User: 1, At: now}}, 0, true},
		"four of them only": {abuse.Config{Seed: seed}, known[:4*6], 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			g, at := newGate(t, c.config), now.Add(c.later)
			g.RestoreKnown(c.known, at)
			provoke(g, office, at)
			if got := g.verdict(office, at) == record.VerdictBan; got != c.banned {
				t.Errorf("the office is banned: %v", got)
			}
		})
	}
}

// A restart changes nothing about the age of accounts: not over a weekend, and not that
// of young ones.
func TestAgesOutlastARestart(t *testing.T) {
	const seed = 7
	friday := start.Add(4 * 24 * time.Hour)
	for name, c := range map[string]struct {
		before, restart time.Duration // since friday
		monday          time.Duration
		shared          bool
	}{
		"old on friday, restarted on sunday":           {-24 * time.Hour, 40 * time.Hour, 64 * time.Hour, true},
		"new on friday, restarted on sunday":           {0, 40 * time.Hour, 64 * time.Hour, true},
		"new on monday, restarted at once":             {0, time.Minute, 2 * time.Minute, false},
		"new on monday, restarted, back the next day":  {0, time.Hour, 25 * time.Hour, true},
		"new on friday, restarted after months":        {0, 100 * 24 * time.Hour, 100*24*time.Hour + time.Hour, false},
		"new on monday, restarted, back the same hour": {0, 30 * time.Minute, time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, abuse.Config{Seed: seed})
			login := func(at time.Time) {
				for u := range 5 {
					g.login("user", office, browser, fmt.Sprint(u), true, uint64(u+1), at)
				}
			}
			login(friday.Add(c.before))
			login(friday)
			kept := map[[2]uint64]record.Known{} // as the store has it
			for _, one := range g.TakeKnown() {
				kept[[2]uint64{one.Key, one.User}] = one
			}
			g = newGate(t, abuse.Config{Seed: seed})
			g.RestoreKnown(slices.Collect(maps.Values(kept)), friday.Add(c.restart))
			at := friday.Add(c.monday)
			login(at)
			provoke(g, office, at)
			if got := g.verdict(office, at) != record.VerdictBan; got != c.shared {
				t.Errorf("the office is shared: %v", got)
			}
		})
	}
}

// A session in use is extended, and reported again.
func TestSessionsLiveOn(t *testing.T) {
	g := newGate(t, abuse.Config{Seed: 1})
	startWork(g, start)
	page := &abuse.Request{Request: visit(office, "/desks"), Session: 3}
	g.ask("user", page, start.Add(time.Minute))
	if news := g.TakeKnown(); len(news) != 0 {
		t.Errorf("reported again after a minute: %v", news)
	}
	later := start.Add(20 * time.Hour)
	g.ask("user", page, later)
	news := g.TakeKnown()
	if len(news) != 1 || news[0].User != 0 || !news[0].At.Equal(later) {
		t.Fatalf("in use after 20 hours: %v", news)
	}
	g.ReturnKnown(news)
	if again := g.TakeKnown(); len(again) != 1 || again[0] != news[0] {
		t.Errorf("taken back: %v", again)
	}
}

// Another configuration keeps the state: counters, bans and shared addresses.
func TestWithKeepsWhatWasSeen(t *testing.T) {
	own := []abuse.OwnRule{{Rule: abuse.Rule{Name: "a-teapot", Action: abuse.Block}, Statuses: []int{418}}}
	g, now := newGate(t, abuse.Config{}), start
	startWork(g, now)
	provoke(g, attacker, now)
	half := netip.MustParseAddr("198.51.100.77")
	for i := range 10 {
		g.ask("prober", &abuse.Request{Request: missing(half, fmt.Sprint("/", i))}, now)
	}
	next, err := g.With(abuse.Config{Enforce: true, Own: own})
	if err != nil {
		t.Fatal(err)
	}
	g.Detector = next
	if g.verdict(attacker, now) != record.VerdictBan {
		t.Error("the ban does not hold")
	}
	g.ask("prober", &abuse.Request{Request: missing(half, "/10")}, now)
	if flag, ok := g.Flag(addressOf(half)); !ok || flag.State != record.FlagThrottled {
		t.Errorf("ten of eleven are forgotten: %+v", flag)
	}
	provoke(g, office, now)
	if g.verdict(office, now) == record.VerdictBan {
		t.Error("the office is banned")
	}
}

// Counters of own rules are not used by the own rules of the next configuration,
// also not those of requests that the old detector still counts.
func TestWithOtherRules(t *testing.T) {
	rule := func(name string) abuse.OwnRule {
		return abuse.OwnRule{Rule: abuse.Rule{Name: name, Capacity: 3, Leak: time.Hour, Action: abuse.Block}, Statuses: []int{418}}
	}
	g := newGate(t, abuse.Config{Own: []abuse.OwnRule{rule("a"), rule("b")}})
	tea := *visit(attacker, "/pot")
	tea.Status = 418
	for range 3 {
		g.ask("tea", &abuse.Request{Request: &tea}, start)
	}
	before := g.Detector
	next, err := g.With(abuse.Config{Enforce: true, Own: []abuse.OwnRule{rule("c")}})
	if err != nil {
		t.Fatal(err)
	}
	g.Detector = next
	before.Observe(&abuse.Request{Request: &tea}, start)
	g.ask("tea", &abuse.Request{Request: &tea}, start)
	if flag, ok := g.Flag(addressOf(attacker)); ok {
		t.Errorf("flagged for what other rules counted: %+v", flag)
	}
	if _, err := g.With(abuse.Config{Actions: map[string]abuse.Action{"none": abuse.Off}}); err == nil {
		t.Error("an unknown rule is taken")
	}
}

// Counters of rules that no longer exist do not keep a source from being evicted.
func TestRecordsOfOldRulesMakeRoom(t *testing.T) {
	own := []abuse.OwnRule{{Rule: abuse.Rule{Name: "a", Capacity: 3, Leak: time.Hour, Action: abuse.Block}, Statuses: []int{200, 404}}}
	before := newDetector(t, abuse.Config{Own: own})
	after, err := before.With(abuse.Config{})
	if err != nil {
		t.Fatal(err)
	}
	// Requests that the old detector still looks at, and then very many others.
	crowd := newCrowd()
	for i := range 10_000 {
		before.Observe(&abuse.Request{Request: crowd.next(i)}, start)
	}
	for i := 10_000; i < 300_000; i++ {
		after.Observe(&abuse.Request{Request: crowd.next(i)}, start.Add(time.Minute))
	}
	last := missing(attacker, "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php")
	for range 3 { // it comes again, and so gets a record
		after.Observe(&abuse.Request{Request: last}, start.Add(time.Minute))
	}
	if _, ok := after.Flag(addressOf(attacker)); !ok {
		t.Error("who comes last finds no room")
	}
}
