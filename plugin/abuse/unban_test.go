package abuse_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// A banned client gets the ban and its duration, whatever other sanctions hold.
func TestABanComesBeforeAThrottle(t *testing.T) {
	g, now := newGate(t, abuse.Config{PerSecond: 5, Burst: 5}), start
	for i := range 12 {
		now = now.Add(time.Second)
		r := missing(attacker, fmt.Sprint("/missing/", i))
		r.UserAgent = "one odd agent"
		g.Observe(&abuse.Request{Request: r, Session: 7}, now)
	}
	g.Observe(&abuse.Request{Request: missing(attacker, "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php")}, now)
	for i := range 30 {
		v := g.Admit(abuse.Client{Addr: attacker, UserAgent: "one odd agent", Session: 7, Path: "/"}, now)
		if v.Verdict != record.VerdictBan || v.RetryAfter != 15*time.Minute {
			t.Fatalf("request %d: %+v", i, v)
		}
	}
}

// What a person decides about who is banned by a rule takes the ban's place.
func TestAPersonReplacesABan(t *testing.T) {
	for name, c := range map[string]struct {
		decision record.Decision
		now      record.Verdict
		later    record.Verdict
	}{
		"a throttle":    {record.Decision{Decision: record.DecideThrottle, Until: start.Add(time.Hour)}, record.VerdictThrottle, record.VerdictPass},
		"a shorter ban": {record.Decision{Decision: record.DecideBan, Until: start.Add(2 * time.Second)}, record.VerdictBan, record.VerdictPass},
		"an allowance":  {record.Decision{Decision: record.DecideAllow}, record.VerdictPass, record.VerdictPass},
	} {
		g := newGate(t, abuse.Config{})
		provoke(g, attacker, start)
		mustDecide(t, g.Detector, attacker.String(), c.decision, start)
		again := newGate(t, abuse.Config{})
		again.Restore(g.TakeChanged(), start)
		for which, g := range map[string]*gate{"": g, ", after a restart": again} {
			if v := g.verdict(attacker, start); v != c.now {
				t.Errorf("%s%s: %s", name, which, v)
			}
			if v := g.verdict(attacker, start.Add(3*time.Second)); v != c.later {
				t.Errorf("%s%s, 3 s later: %s", name, which, v)
			}
		}
	}
}

// Who is cleared is free, by whichever identity they were held up, and whether the
// address or its range is cleared.
func TestClearingFrees(t *testing.T) {
	for _, subject := range []string{attacker.String(), "198.51.100.0/24"} {
		for _, kind := range []record.DecisionKind{record.DecideClear, record.DecideFalsePositive, record.DecideAllow} {
			g := newGate(t, abuse.Config{})
			probe(g, attacker, "one odd agent", start)
			neighbour := netip.MustParseAddr("198.51.100.67")
			provoke(g, neighbour, start)
			if g.passes(attacker, "one odd agent", 0, start) {
				t.Fatal("the prober is not held up")
			}
			mustDecide(t, g.Detector, subject, record.Decision{Decision: kind}, start)
			if !g.passes(attacker, "one odd agent", 0, start) {
				t.Errorf("%s of %s frees nobody", kind, subject)
			}
			free := strings.Contains(subject, "/")
			if got := g.verdict(neighbour, start) == record.VerdictPass; got != free {
				t.Errorf("%s of %s: the neighbour is free: %v", kind, subject, got)
			}
			if f, _ := g.Flag(addressOf(neighbour)); kind != record.DecideAllow && (f.State == record.FlagCleared) != free {
				t.Errorf("%s of %s: the neighbour's flag is %s", kind, subject, f.State)
			}
		}
	}
}

// To clear an address frees nobody while a range that it is in is banned, and says so.
func TestClearingWithinABannedRange(t *testing.T) {
	g := newGate(t, abuse.Config{})
	mustDecide(t, g.Detector, "198.51.100.0/24", record.Decision{Decision: record.DecideBan}, start)
	for _, kind := range []record.DecisionKind{record.DecideClear, record.DecideFalsePositive} {
		_, err := g.Decide(addressOf(attacker), record.Decision{Decision: kind, By: "sec"}, start)
		if err == nil || !strings.Contains(err.Error(), "ban of 198.51.100.0/24 goes on") || !strings.Contains(err.Error(), "allow 198.51.100.66/32") {
			t.Errorf("%s: %v", kind, err)
		}
	}
	mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideAllow}, start)
	mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideClear}, start)
	if g.verdict(attacker, start) != record.VerdictBan {
		t.Error("an allowance that was taken back goes on")
	}
	mustDecide(t, g.Detector, "198.51.100.0/24", record.Decision{Decision: record.DecideClear}, start)
	mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideClear}, start)
}

// A false positive that is banned once more is news.
func TestAFalsePositiveThatComesBack(t *testing.T) {
	g := newGate(t, abuse.Config{})
	provoke(g, attacker, start)
	mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideFalsePositive}, start)
	provoke(g, attacker, start.Add(time.Hour))
	if f, _ := g.Flag(addressOf(attacker)); f.Review != record.ReviewNew || f.State != record.FlagBanned || f.Strikes != 1 {
		t.Errorf("%+v", f)
	}
}

// However much there is to be stored, what people decided is among it.
func TestDecisionsAreNotPushedOut(t *testing.T) {
	g := newGate(t, abuse.Config{BansPerMinute: 1 << 20})
	mustDecide(t, g.Detector, "192.0.2.9", record.Decision{Decision: record.DecideAllow}, start)
	for i := range 20_000 {
		provoke(g, netip.AddrFrom4([4]byte{11, 0, byte(i >> 8), byte(i)}), start)
	}
	for _, f := range g.TakeChanged() {
		if len(f.Decisions) > 0 {
			return
		}
	}
	t.Error("the decision is not among what is to be stored")
}
