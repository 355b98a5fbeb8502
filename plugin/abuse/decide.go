package abuse

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/ipset"
	"github.com/gatebook/gatebook/record"
)

// Decide applies a person's decision about a subject and returns its flag. The
// decision begins at now, whatever its At is. Bans and throttles refuse requests only
// if the detector enforces. A note alone changes nothing else. It is an error to
// clear an address while a decision about a wider range continues.
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
		if err := d.checkClear(s, decision.Decision, now); err != nil {
			return record.Flag{}, err
		}
		d.decidePrefix(netip.MustParsePrefix(s.Value), decision, now)
	case record.AccountSubject, record.InstanceSubject:
		if isAddressOnly(decision.Decision) {
			return record.Flag{}, fmt.Errorf("%s is for addresses; an %s can be cleared, confirmed, or a false positive", decision.Decision, s.Kind)
		}
	default:
		return record.Flag{}, fmt.Errorf("subject kind %.40q must be one of address, account, instance", string(s.Kind))
	}
	return d.flags.Decide(s, decision, now), nil
}

// DecideStored is [Detector.Decide] about a subject whose flag is stored, nil for none:
// the detector may have forgotten it. What a false positive teaches is learned from its
// evidence, and taken back by any other decision. The decision holds if there is no
// room for that, which is what untaught says.
func (d *Detector) DecideStored(s record.FlagSubject, decision record.Decision, stored *record.Flag, now time.Time) (untaught, err error) {
	if stored != nil {
		d.Restore([]record.Flag{*stored}, now)
	}
	if _, err := d.Decide(s, decision, now); err != nil {
		return nil, err
	}
	id := FlagID(s)
	switch {
	case decision.Decision == "": // a note alone
	case decision.Decision != record.DecideFalsePositive:
		d.UndoCorrections(id)
	case stored != nil:
		return d.TeachFalsePositive(id, stored.Evidence, now), nil
	}
	return nil, nil
}

func kindNames() string {
	names := make([]string, len(record.DecisionKinds))
	for i, k := range record.DecisionKinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// checkClear returns an error if clearing an address would change nothing: it has no
// decision of its own, and one about a range around it continues.
func (d *Detector) checkClear(s record.FlagSubject, kind record.DecisionKind, now time.Time) error {
	if kind.State() != record.FlagCleared {
		return nil
	}
	p := netip.MustParsePrefix(s.Value)
	if wide, of := d.decisions.Load().around(p, now.UnixNano()); of != nil {
		return fmt.Errorf("a %s of %s goes on, which %s is in: clear that, or allow %s", of.kind, wide, p, p)
	}
	return nil
}

// decidePrefix applies a decision about a prefix. It replaces the sanctions of the
// gate.
func (d *Detector) decidePrefix(p netip.Prefix, decided record.Decision, now time.Time) {
	var one *decision
	switch decided.Decision {
	case record.DecideConfirm, "":
		return
	case record.DecideBan, record.DecideThrottle, record.DecideAllow:
		one = newDecision(decided, now)
	}
	d.deciding.Lock()
	d.decisions.Store(d.decisions.Load().with(p, one, now.UnixNano()))
	d.deciding.Unlock()
	d.unban(p, decided.Decision != record.DecideBan && decided.Decision != record.DecideThrottle)
}

// unban ends the gate's sanctions of a prefix, and of the user agents and sessions in
// it. With clear it also ends those of all prefixes in it, and forgets what was
// counted for it.
func (d *Detector) unban(p netip.Prefix, clear bool) {
	loc := d.locate(p.Addr())
	key, counted := loc.keyOf(p)
	for i := range d.shards {
		s := &d.shards[i]
		s.mu.Lock()
		for key, of := range s.sanctions {
			if of.Prefix == p || clear && ipset.Within(of.Prefix, p) {
				delete(s.sanctions, key)
			}
		}
		if clear && counted {
			s.counters.Drop(key)
		}
		s.mu.Unlock()
	}
	if !clear {
		return
	}
	s := &d.shards[loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case p.Bits() == loc.levels[0].bits:
		if loc.addr.Is6() {
			s.groups.Remove(loc.keys[2], loc.keys[0])
		}
	case counted && key == loc.keys[2]:
		delete(s.groups, key)
	}
}
