package abuse

import (
	"slices"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
)

// ruleSet holds all rules of a detector by their numbers: the built-in ones with
// their configured actions, then own rules.
type ruleSet struct {
	list []Rule
	// enabled is the set of rules that are not off.
	enabled uint64
	// explicit is the set of rules whose action is configured.
	explicit uint64
	limits   counter.Limits
}

// newRuleSet returns the rules of a valid configuration.
func newRuleSet(c *Config) ruleSet {
	rs := ruleSet{list: slices.Clone(builtin[:])}
	for i := range c.Own {
		rs.list = append(rs.list, c.Own[i].Rule)
	}
	for i := range rs.list {
		r := &rs.list[i]
		if action, ok := c.Actions[r.Name]; ok {
			r.Action = action
			rs.explicit |= 1 << i
		}
		if r.Action != Off {
			rs.enabled |= 1 << i
		}
		rs.limits.Rules = append(rs.limits.Rules, counter.Every(r.Leak, float64(r.Capacity)))
		rs.limits.Slow = append(rs.limits.Slow, counter.Every(r.SlowLeak, float64(r.SlowCapacity)))
	}
	rs.limits.Rate = counter.Limit{PerSecond: 50, Burst: 500}
	if c.PerSecond > 0 {
		rs.limits.Rate = counter.Limit{PerSecond: c.PerSecond, Burst: float64(max(c.Burst, 1))}
	}
	return rs
}

// on reports whether a rule is not off.
func (rs *ruleSet) on(rule int) bool { return rs.enabled>>rule&1 != 0 }

// bit returns the set of the rule with this name.
func (rs *ruleSet) bit(name string) (bit uint64) {
	for i := range rs.list {
		if rs.list[i].Name == name {
			bit = 1 << i
		}
	}
	return bit
}

// slow makes an event one of the rule's slow bucket. ok is false if it has none.
func (rs *ruleSet) slow(e *counter.Event) (ok bool) {
	e.Limit = rs.limits.Slow[e.Rule]
	e.Kind |= counter.Slow
	return rs.list[e.Rule].SlowCapacity > 0
}

// event returns an event to be counted for a rule.
func (rs *ruleSet) event(rule int, now int64) counter.Event {
	return counter.Event{Rule: rule, Limit: rs.limits.Rules[rule], Cost: 1, Now: now, Mute: int64(rs.list[rule].Mute)}
}
