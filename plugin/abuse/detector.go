package abuse

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Config says how a [Detector] works. Its zero value observes, with the
// defaults of all rules.
type Config struct {
	// Enforce refuses requests; otherwise everything is only flagged.
	Enforce bool
	// Rate is the budget of a client; the default is 50 a second, burst 500.
	PerSecond float64
	Burst     int
	// Allow are never flagged or refused, Trusted (proxies) neither.
	Allow, Trusted []netip.Prefix
	// Private also flags addresses of private networks, of this machine and
	// link-local ones. By default they are left alone.
	Private bool
	// Actions are those of rules that do not do what they do by default.
	Actions map[string]Action
	// Own are further rules, at most MaxOwnRules.
	Own []OwnRule
	// Patterns are added to the lists of rules, by their names.
	Patterns map[string][]string
	// Ban is how long a first ban lasts; the default is 15 minutes.
	Ban time.Duration
	// BansPerMinute is the budget of automatic bans; the default is 100.
	BansPerMinute int
	// Seed is that of the hashes: 0 for one that nobody can know, another for
	// the same result every time, also when there are more clients than fit.
	Seed uint64
	// Verify, if given, is called once about an address that claims to be a
	// search engine and is in no published range. It must not block; the
	// answer comes to [Detector.Verified].
	Verify func(Crawler, netip.Addr)
}

// Detector is the abuse detection of one instance. Its methods may be called
// at the same time.
type Detector struct {
	enforce    bool
	ban        time.Duration
	rules      ruleSet
	classifier classifier
	seed       uint64
	verify     func(Crawler, netip.Addr)

	shards [shards]shard
	// free are addresses that nothing happens to, and private says that those
	// of private networks are not among them.
	free    prefixSet
	private bool
	// decided are the decisions of people, replaced as a whole.
	decided  atomic.Pointer[decisions]
	decide   sync.Mutex
	flood    flood
	crawlers crawlerCache
	flags    flags
	budget   banBudget
}

// ruleSet are the rules with the numbers that buckets need.
type ruleSet struct {
	list   []Rule
	limits []limit
	rate   limit
}

// known is how little a request costs a prefix's budget if it is known to be
// one of many people's: its session is confirmed, or the address is shared.
const known = 1.0 / 8

// New makes a detector. An error names what is wrong with the configuration.
func New(c Config) (*Detector, error) {
	d := &Detector{enforce: c.Enforce, ban: c.Ban, seed: c.Seed, verify: c.Verify}
	if d.seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // it never fails
		d.seed = binary.LittleEndian.Uint64(b[:])
	}
	if d.ban == 0 {
		d.ban = firstBan
	}
	d.budget.perMinute = c.BansPerMinute
	if d.budget.perMinute == 0 {
		d.budget.perMinute = 100
	}
	if err := d.setRules(c); err != nil {
		return nil, err
	}
	d.private = c.Private
	d.free = newPrefixSet(slices.Concat(c.Allow, c.Trusted))
	d.decided.Store(&decisions{})
	d.flags.init()
	d.crawlers.init()
	for i := range d.shards {
		d.shards[i].init()
	}
	return d, nil
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
			return fmt.Errorf("rule %s has no patterns to add to", name)
		}
		for _, word := range words {
			if err := checkPattern(word); err != nil {
				return fmt.Errorf("patterns of %s: %w", name, err)
			}
		}
	}
	d.classifier.words, d.classifier.own = builtinLists(), slices.Clone(c.Own)
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

// Request is a request after it was answered.
type Request struct {
	*record.Request
	// Session is a hash of the session cookie's value, 0 for none.
	Session uint64
	// AuthFailed says that credentials were sent, and refused.
	AuthFailed bool
	// CrossSite says that another site caused it; see [CrossSite].
	CrossSite bool
}

// CrossSite reports whether another site caused a request, as a picture on a
// foreign page does. What is not known is no.
func CrossSite(secFetchSite, referer, host string) bool {
	if secFetchSite != "" {
		return secFetchSite == "cross-site"
	}
	if referer == "" || host == "" {
		return false
	}
	_, rest, ok := strings.Cut(referer, "://")
	if !ok {
		return false
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return !strings.EqualFold(hostname(rest), hostname(host))
}

// hostname is a host without its port.
func hostname(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && isDigits(host[i+1:]) {
		return host[:i]
	}
	return host
}

// Overflow says that a rule was broken.
type Overflow struct {
	Rule string
	// Subject is what the flag is about.
	Subject record.FlagSubject
	// IP sent the last request, and Prefix is what counted it. Both are zero
	// for an account or the instance.
	IP     netip.Addr
	Prefix netip.Prefix
	// Scope is which identity of the prefix broke it: "agent", "session", or
	// "" for all of it.
	Scope string
	// First is when the bucket began to fill, At when it overflowed, and Count
	// how many requests are in it.
	First, At time.Time
	Count     int
	// Action is what follows in a gate that enforces.
	Action Action
}
