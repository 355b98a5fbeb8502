package abuse

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Config says how a [Detector] works. Its zero value observes, with the
// defaults of all rules.
type Config struct {
	// Enforce refuses requests; otherwise everything is only flagged.
	Enforce bool
	// PerSecond and Burst are the budget of a client; 0 a second means 50, with a
	// burst of 500.
	PerSecond float64
	Burst     int
	// Allow are never flagged or refused.
	Allow []netip.Prefix
	// Private also flags and refuses addresses of private networks, of this machine and
	// link-local ones. By default they are left alone.
	Private bool
	// Actions are those of rules that do not do what they do by default.
	Actions map[string]Action
	// Own are further rules, at most MaxOwnRules.
	Own []OwnRule
	// Patterns are added to the lists of rules, by their names.
	Patterns map[string][]string
	// Ban is how long a first ban, and every throttle, lasts; 0 means [FirstBan].
	Ban time.Duration
	// BansPerMinute is the budget of automatic bans; the default is 100.
	BansPerMinute int
	// Seed is that of the hashes; 0 takes one that nobody can know. The same seed
	// gives the same result for the same log, and [Detector.RestoreKnown] needs the
	// one that its list was made with. [Detector.With] ignores it.
	Seed uint64
	// Verify, if given, is called once about an address (again when 4,096 others came
	// between) that claims to be a
	// search engine and is in no published range. It must not block; the
	// answer comes to [Detector.Verified].
	Verify func(Crawler, netip.Addr)
}

// ruleSet are the rules with the numbers that buckets need.
type ruleSet struct {
	list   []Rule
	limits []limit
	rate   limit
}

// knownCost is how little a request costs a prefix's budget if it is known to be
// one of many people's: its session is confirmed, or the address is shared.
const knownCost = 1.0 / 8

// New makes a detector. An error names what is wrong with the configuration.
func New(c Config) (*Detector, error) {
	if c.Seed == 0 {
		c.Seed = newSeed()
	}
	s := &state{seed: c.Seed}
	s.decided.Store(&decisions{})
	s.flags.init()
	s.crawlers.init()
	for i := range s.shards {
		s.shards[i].init()
	}
	return (&Detector{state: s}).With(c)
}

// newSeed is one that nobody can know, and not 0.
func newSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// With is a detector that does what c says, and has seen all that d has and will.
// Only the seed stays as it is. A request that d still looks at is lost to nobody.
func (d *Detector) With(c Config) (*Detector, error) {
	next := &Detector{
		state: d.state, enforce: c.Enforce, verify: c.Verify, private: c.Private,
		ban: cmp.Or(c.Ban, FirstBan), bans: cmp.Or(c.BansPerMinute, 100),
		free: newPrefixSet(c.Allow),
	}
	if err := next.setRules(c); err != nil {
		return nil, err
	}
	if before := d.classifier.own; len(before) > 0 && !reflect.DeepEqual(before, c.Own) {
		for i := range d.shards {
			d.shards[i].forgetOwnRules()
		}
	}
	return next, nil
}

func (d *Detector) setRules(c Config) error {
	if len(c.Own) > MaxOwnRules {
		return fmt.Errorf("%d rules are more than the %d that can be added", len(c.Own), MaxOwnRules)
	}
	list := slices.Clone(builtin[:])
	for i := range c.Own {
		r := c.Own[i]
		if err := r.check(); err != nil {
			return err
		}
		if slices.ContainsFunc(list[ownRules:], func(other Rule) bool { return other.Name == r.Name }) {
			return fmt.Errorf("rule %s is there twice", r.Name)
		}
		list = append(list, r.Rule)
	}
	for name, action := range c.Actions {
		i := slices.IndexFunc(list, func(r Rule) bool { return r.Name == name })
		if i < 0 {
			return UnknownRule(name)
		}
		list[i].Action = action
	}
	for name, words := range c.Patterns {
		if !HasPatterns(name) {
			if _, known := DefaultAction(name); !known {
				return UnknownRule(name)
			}
			return fmt.Errorf("rule %s has no patterns to add to; those that have are: %s", name, strings.Join(slices.DeleteFunc(RuleNames(), func(n string) bool { return !HasPatterns(n) }), ", "))
		}
		for _, word := range words {
			if err := checkPattern(word); err != nil {
				return fmt.Errorf("patterns of %s: %w", name, err)
			}
		}
	}
	d.classifier.words, d.classifier.own = builtinLists(), c.Own
	if len(c.Patterns) > 0 {
		d.classifier.words = compileWords(c.Patterns)
	}
	for i, r := range list {
		if r.Action != Off {
			d.classifier.on |= 1 << i
		}
		d.rules.limits = append(d.rules.limits, everyLeak(r.Leak, float64(r.Capacity)))
	}
	d.rules.list = list
	d.rules.rate = limit{50, 500}
	if c.PerSecond > 0 {
		d.rules.rate = limit{c.PerSecond, float64(max(c.Burst, 1))}
	}
	return nil
}

// UnknownRule is the error for a rule that is not there.
func UnknownRule(name string) error {
	return fmt.Errorf("rule %q is unknown; there are: %s", name, strings.Join(RuleNames(), ", "))
}

func (d *Detector) on(rule int) bool { return d.classifier.on>>rule&1 != 0 }

// crowded is a limit for so many times as much.
func (l limit) crowded(crowd float64) limit {
	if crowd == 1 {
		return l
	}
	return limit{l.perSecond * crowd, math.Round(l.burst * crowd)}
}
