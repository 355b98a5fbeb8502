package abuse

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatebook/gatebook/record"
)

// decisions are what people decided about prefixes. They are replaced as a
// whole, so that a request asks without a lock.
type decisions struct {
	lengths4, lengths6 []int
	of                 map[netip.Prefix]*decided
}

type decided struct {
	kind  record.DecisionKind
	until int64 // 0 is never

	mu        sync.Mutex
	allowance bucket
}

func (d *decided) holds(now int64) bool { return d.until == 0 || now < d.until }

// find is the decision of a kind that holds for an address.
func (ds *decisions) find(addr netip.Addr, now int64, kinds ...record.DecisionKind) *decided {
	lengths := ds.lengths6
	if addr.Is4() {
		lengths = ds.lengths4
	}
	for _, bits := range lengths {
		p, _ := addr.Prefix(bits)
		if one := ds.of[p]; one != nil && one.holds(now) && slices.Contains(kinds, one.kind) {
			return one
		}
	}
	return nil
}

func (ds *decisions) allows(addr netip.Addr, now int64) bool {
	return len(ds.of) > 0 && ds.find(addr, now, record.DecideAllow) != nil
}

// bans is what people's bans mean for a request.
func (ds *decisions) bans(addr netip.Addr, now int64) Verdict {
	if len(ds.of) == 0 {
		return pass
	}
	ban := ds.find(addr, now, record.DecideBan)
	if ban == nil {
		return pass
	}
	v := Verdict{Verdict: record.VerdictBan}
	if ban.until != 0 {
		v.RetryAfter = time.Duration(ban.until - now)
	}
	return v
}

// throttles is what people's throttles mean for a request, and takes from them.
func (ds *decisions) throttles(addr netip.Addr, now int64) Verdict {
	if len(ds.of) == 0 {
		return pass
	}
	slow := ds.find(addr, now, record.DecideThrottle)
	if slow == nil {
		return pass
	}
	slow.mu.Lock()
	defer slow.mu.Unlock()
	if ok, wait := slow.allowance.take(throttled, now, 1); !ok {
		return Verdict{Verdict: record.VerdictThrottle, RetryAfter: wait}
	}
	return pass
}

// still is a copy of the decisions that hold.
func (ds *decisions) still(now int64) *decisions {
	next := &decisions{of: map[netip.Prefix]*decided{}}
	for p, one := range ds.of {
		if one.holds(now) {
			next.add(p, one)
		}
	}
	return next
}

func (ds *decisions) add(p netip.Prefix, one *decided) {
	ds.of[p] = one
	ds.lengths4, ds.lengths6 = withLength(ds.lengths4, ds.lengths6, p)
}

// with is a copy with one decision more, or with none about a prefix.
func (ds *decisions) with(p netip.Prefix, one *decided, now int64) *decisions {
	next := ds.still(now)
	if delete(next.of, p); one != nil {
		next.add(p, one)
	}
	return next
}

func newDecided(d record.Decision, now time.Time) *decided {
	one := &decided{kind: d.Decision, allowance: bucket{0, now.UnixNano()}}
	if !d.Until.IsZero() {
		one.until = d.Until.UnixNano()
	}
	return one
}

// Decide does what a person decided about a subject, and returns its flag. The
// decision begins now, whatever its At says. Who is banned or throttled is refused
// only by a detector that enforces. A note alone changes nothing else. To clear an
// address is an error while a decision about a wider range goes on.
func (d *Detector) Decide(s record.FlagSubject, decision record.Decision, now time.Time) (record.Flag, error) {
	if noted := decision.Decision == "" && decision.Note != ""; !noted && !slices.Contains(record.DecisionKinds, decision.Decision) {
		return record.Flag{}, fmt.Errorf("decision %.40q must be one of %s", string(decision.Decision), kindNames())
	}
	decision.At = now.UTC()
	if !decision.Until.IsZero() && !now.Before(decision.Until) {
		return record.Flag{}, fmt.Errorf("the decision would end at %s, which is over", decision.Until.Format(time.RFC3339))
	}
	switch s.Kind {
	case record.AddressSubject:
		parsed, err := record.ParseFlagSubject(s.Value)
		if err != nil {
			return record.Flag{}, err
		}
		s = parsed
		if err := d.overruled(s, decision.Decision, now); err != nil {
			return record.Flag{}, err
		}
		d.put(s, decision, now)
	case record.AccountSubject, record.InstanceSubject:
		if slices.Contains([]record.DecisionKind{record.DecideBan, record.DecideThrottle, record.DecideAllow}, decision.Decision) {
			return record.Flag{}, fmt.Errorf("%s is for addresses; an %s can be cleared, confirmed, or a false positive", decision.Decision, s.Kind)
		}
	default:
		return record.Flag{}, fmt.Errorf("subject kind %.40q must be one of address, account, instance", string(s.Kind))
	}
	d.flags.mu.Lock()
	defer d.flags.mu.Unlock()
	if decision.Decision.State() == record.FlagCleared {
		d.flags.showLifted(s, now)
	}
	c := d.flags.of(s, now)
	c.decide(decision)
	d.flags.touch(c, now)
	return c.copy(), nil
}

func kindNames() string {
	names := make([]string, len(record.DecisionKinds))
	for i, k := range record.DecisionKinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// put makes a decision about an address hold.
func (d *Detector) put(s record.FlagSubject, decision record.Decision, now time.Time) {
	p := netip.MustParsePrefix(s.Value)
	var one *decided
	switch decision.Decision {
	case record.DecideConfirm, "":
		return
	case record.DecideBan, record.DecideThrottle, record.DecideAllow:
		one = newDecided(decision, now)
	}
	d.decide.Lock()
	d.decided.Store(d.decided.Load().with(p, one, now.UnixNano()))
	d.decide.Unlock()
	d.lift(p, decision.Decision != record.DecideBan && decision.Decision != record.DecideThrottle)
}

// keyOf is the key that a prefix is counted by, if it is one that is.
func (d *Detector) keyOf(id *netID, p netip.Prefix) (uint64, bool) {
	for i, l := range id.levels {
		if l.bits == p.Bits() {
			return id.keys[i], true
		}
	}
	return 0, false
}

// decide takes a decision into the case.
func (c *flagCase) decide(decision record.Decision) {
	if decision.Decision != "" {
		c.AddDecision(decision)
	}
	if decision.Note != "" {
		c.AddNote(record.Note{At: decision.At, By: decision.By, Text: decision.Note})
	}
	switch decision.Decision {
	case record.DecideConfirm, record.DecideBan, record.DecideThrottle:
		c.Review = record.ReviewConfirmed
	case record.DecideFalsePositive:
		c.Review, c.Strikes = record.ReviewFalsePositive, 0
	}
	if state := decision.Decision.State(); state != "" {
		c.State, c.Scope, c.Since, c.Until = state, "", decision.At, decision.Until
	}
}
