package abuse_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// A person's decision continues after a stricter sanction of the gate has ended,
// also after a restart.
func TestAPersonsDecisionOutlastsTheGates(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideThrottle, Until: now.Add(24 * time.Hour)}, now)
	for range record.MaxDecisions + 1 {
		mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideConfirm}, now)
	}
	now = now.Add(time.Minute)
	provoke(g, attacker, now)
	if got := g.verdict(attacker, now); got != record.VerdictBan {
		t.Fatalf("%s, want a ban", got)
	}
	stored := g.TakeChanged()
	again := newGate(t, abuse.Config{})
	again.Restore(stored, now)
	for name, g := range map[string]*gate{"the same process": g, "the next one": again} {
		if got := g.verdict(attacker, now); got != record.VerdictBan {
			t.Errorf("%s: %s while the ban lasts", name, got)
		}
		later := now.Add(time.Hour)
		for range 5 {
			g.verdict(attacker, later) // what a throttled client may do at once
		}
		if got := g.verdict(attacker, later); got != record.VerdictThrottle {
			t.Errorf("%s: %s after the ban", name, got)
		}
	}
	flag := stored[0]
	if flag.Settle(now); flag.State != record.FlagBanned {
		t.Errorf("%s while the ban lasts", flag.State)
	}
	if flag.Settle(now.Add(time.Hour)); flag.State != record.FlagThrottled || !flag.Until.Equal(start.Add(24*time.Hour)) {
		t.Errorf("after the ban: %s until %s", flag.State, flag.Until)
	}
}

// A throttle of the gate does not shorten a person's longer one.
func TestTheStricterStateIsShown(t *testing.T) {
	for _, c := range []struct {
		person record.DecisionKind
		held   time.Duration
		want   record.FlagState
		until  time.Duration
	}{
		{record.DecideThrottle, 24 * time.Hour, record.FlagThrottled, 24 * time.Hour},
		{record.DecideThrottle, 0, record.FlagThrottled, 0},
		{record.DecideThrottle, time.Minute, record.FlagThrottled, 15*time.Minute + 10*time.Second},
		{record.DecideAllow, 0, record.FlagAllowed, 0},
		{record.DecideClear, 0, record.FlagThrottled, 15*time.Minute + 10*time.Second},
	} {
		g := newGate(t, abuse.Config{Actions: map[string]abuse.Action{"http-exploit": abuse.Throttle}})
		d := record.Decision{Decision: c.person}
		if c.held > 0 {
			d.Until = start.Add(c.held)
		}
		mustDecide(t, g.Detector, attacker.String(), d, start)
		provoke(g, attacker, start.Add(10*time.Second))
		f, _ := g.Flag(addressOf(attacker))
		var until time.Time
		if c.until > 0 {
			until = start.Add(c.until)
		}
		if f.State != c.want || !f.Until.Equal(until) {
			t.Errorf("%s for %s: %s until %s", c.person, c.held, f.State, f.Until)
		}
	}
}

// A flag that was dropped from memory is merged with the stored one.
func TestAForgottenCaseIsTheStoredOne(t *testing.T) {
	g := newGate(t, abuse.Config{})
	provoke(g, attacker, start)
	mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideConfirm, Note: "known from last year"}, start)
	stored := g.TakeChanged()[0]
	_, first := g.Merge(stored.Subject, nil, start)
	_, second := g.Merge(stored.Subject, &stored, start)
	if first || second {
		t.Error("one that the store did not know is added to itself")
	}

	now := start.Add(time.Hour)
	g = newGate(t, abuse.Config{})
	provoke(g, attacker, now)
	fresh := g.TakeChanged()[0]
	f, adopted := g.Merge(stored.Subject, &stored, now)
	if !adopted || f.Strikes != 2 || len(f.Decisions) != 1 || len(f.Notes) != 1 || f.Review != record.ReviewConfirmed {
		t.Errorf("adopted %v: %+v", adopted, f)
	}
	if len(f.Rules) != 1 || f.Rules[0].Count != 2 || !f.Rules[0].First.Equal(start) || !f.Rules[0].Last.Equal(now) {
		t.Errorf("rules %+v", f.Rules)
	}
	if f.State != record.FlagBanned || !f.Until.Equal(fresh.Until) {
		t.Errorf("%s until %s, want the newer ban", f.State, f.Until)
	}
	if _, twice := g.Merge(stored.Subject, &stored, now); twice {
		t.Error("it is adopted twice")
	}
}

// A flag that could not be stored is handed out again, with its evidence.
func TestFlagsAreTakenBack(t *testing.T) {
	g := newGate(t, abuse.Config{})
	provoke(g, attacker, start)
	first := g.TakeChanged()
	g.ReturnChanged(first, start)
	again := g.TakeChanged()
	if len(again) != 1 || again[0].ID != first[0].ID || len(again[0].Evidence) != len(first[0].Evidence) || len(first[0].Evidence) == 0 {
		t.Errorf("%+v, was %+v", again, first)
	}
	g.ReturnChanged(again, start)
	if n := g.Forget(func(*record.Flag) bool { return true }); n != 1 || len(g.TakeChanged()) != 0 {
		t.Errorf("%d forgotten, and some are still to be stored", n)
	}
	g.ReturnChanged(again, start)
	if back := g.TakeChanged(); len(back) != 1 || len(back[0].Evidence) != len(first[0].Evidence) || back[0].Strikes != 1 {
		t.Errorf("one that was forgotten meanwhile: %+v", back)
	}
}

// A client's state is that of its own identities.
func TestStateOf(t *testing.T) {
	g, now := newGate(t, abuse.Config{Allow: []netip.Prefix{netip.MustParsePrefix("198.51.100.99/32")}}), start
	of := func(ip, agent string, now time.Time) record.FlagState {
		return g.StateOf(abuse.Client{Addr: netip.MustParseAddr(ip), UserAgent: agent, Path: "/"}, now)
	}
	startWork(g, now)
	tool := missing(office, "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php")
	tool.UserAgent = "curl/8.5.0"
	g.ask("attacker", &abuse.Request{Request: tool}, now)
	provoke(g, attacker, now)
	mustDecide(t, g.Detector, "192.0.2.0/24", record.Decision{Decision: record.DecideBan, Until: now.Add(time.Hour)}, now)
	mustDecide(t, g.Detector, "2001:db8:1::/48", record.Decision{Decision: record.DecideThrottle}, now)
	mustDecide(t, g.Detector, "203.0.113.200", record.Decision{Decision: record.DecideAllow}, now)
	mustDecide(t, g.Detector, "203.0.113.201", record.Decision{Decision: record.DecideFalsePositive}, now)
	mustDecide(t, g.Detector, "198.51.100.99", record.Decision{Decision: record.DecideBan}, now)
	later := now.Add(2 * time.Hour)
	for _, c := range []struct {
		ip, agent string
		now       time.Time
		want      record.FlagState
	}{
		{attacker.String(), browser, now, record.FlagBanned},
		{attacker.String(), browser, later, record.FlagObserved},
		{office.String(), "curl/8.5.0", now, record.FlagThrottled},
		{office.String(), browser, now, ""},
		{office.String(), "curl/8.5.0", later, ""},
		{"192.0.2.77", browser, now, record.FlagBanned},
		{"192.0.2.77", browser, later, ""},
		{"2001:db8:1:2::3", browser, later, record.FlagThrottled},
		{"203.0.113.200", browser, now, record.FlagAllowed},
		{"203.0.113.201", browser, now, record.FlagCleared},
		{"198.51.100.99", browser, now, ""},
		{"203.0.113.4", browser, now, ""},
	} {
		if got := of(c.ip, c.agent, c.now); got != c.want {
			t.Errorf("%s as %.20s after %s: %q, want %q", c.ip, c.agent, c.now.Sub(start), got, c.want)
		}
	}
}
