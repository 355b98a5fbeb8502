package abuse

import (
	"fmt"
	"math"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/record"
)

// client is an identity with a request rate.
type client struct {
	key   uint64
	level int
	scope string
}

// rate takes a request from the rate of a client.
func (a *admission) rate(s *shard, c client, factor, cost float64) Verdict {
	if !a.rules.on(rateRule) {
		return pass
	}
	src := s.counters.Source(c.key, a.now, &a.rules.limits)
	if src == nil {
		return pass
	}
	l := a.rules.limits.Rate.Times(factor)
	ok, wait := src.TakeRate(l, a.now, min(cost, l.Burst))
	if ok {
		return pass
	}
	a.tooFast(s, src, c, int(l.Burst))
	if !a.enforce || a.rules.list[rateRule].Action == Observe {
		return pass
	}
	return Verdict{record.VerdictThrottle, wait, a.rules.list[rateRule].Name}
}

// tooFast leaves an overflow of the rate for the next Observe, unless the rule is
// muted.
func (a *admission) tooFast(s *shard, src *counter.Source, of client, burst int) {
	rule := &a.rules.list[rateRule]
	c := s.counters.Counter(src, &counter.Event{Rule: rateRule, Now: a.now, Limit: counter.Limit{Burst: 1}}, &a.rules.limits)
	if c == nil || c.Muted(a.now) || len(s.pending) >= maxPending {
		return
	}
	c.Mute(a.now + int64(rule.Mute))
	p := a.loc.prefix(of.level)
	s.pending = append(s.pending, Overflow{
		Rule: rule.Name, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
		IP: a.loc.addr, Prefix: p, Scope: of.scope,
		First: unix(a.now), At: unix(a.now), Count: burst + 1, Action: rule.Action,
	})
}

// PathRate limits the requests to some paths.
type PathRate struct {
	// Method is the method that is limited, "" for all.
	Method string
	// Path is a path, in which * stands for any run of characters.
	Path string
	// PerSecond and Burst are the budget of a client, or of all clients together.
	PerSecond float64
	Burst     int
	// PerInstance means that all clients share the budget.
	PerInstance bool
}

// MaxPathRates is the number of path rates that a configuration may have.
const MaxPathRates = 32

func (r *PathRate) validate() error {
	switch {
	case r.Path == "" || r.Path[0] != '/' && r.Path[0] != '*':
		return fmt.Errorf("rate: path %q matches nothing; it must begin with / or *", r.Path)
	case !(r.PerSecond > 0) || math.IsInf(r.PerSecond, 0):
		return fmt.Errorf("rate of %s: %v/s must be more than 0", r.Path, r.PerSecond)
	case r.Burst < 1:
		return fmt.Errorf("rate of %s: burst %d must be at least 1", r.Path, r.Burst)
	}
	return nil
}

// matches reports whether the rate is for a request.
func (r *PathRate) matches(method, path string) bool {
	return (r.Method == "" || r.Method == method) && glob(r.Path, path)
}

// addressFactor is how many times as often an address may ask for a path as one of
// its clients.
const addressFactor = 5

func (r *PathRate) limit() counter.Limit {
	return counter.Limit{PerSecond: r.PerSecond, Burst: float64(r.Burst)}
}

// rateSalt makes the identities of one path rate differ from those of others.
func rateSalt(i int) uint64 { return uint64(i+1) << 32 }

// instanceRates takes a request from the rates that all clients share. No shard is
// locked.
func (a *admission) instanceRates(c *Client) Verdict {
	for i := range a.paths {
		r := &a.paths[i]
		if !r.PerInstance || !r.matches(c.Method, c.Path) {
			continue
		}
		key := mix(a.instanceKey() ^ rateSalt(i))
		s := a.shardOf(key)
		s.mu.Lock()
		v := a.pathRate(s, client{key: key}, r.limit())
		s.mu.Unlock()
		if v.Verdict != record.VerdictPass {
			return v
		}
	}
	return pass
}

// pathRates takes a request from the rates of its path. The shard of the address is
// locked.
func (a *admission) pathRates(s *shard, c *Client, of *sessionClient, agent uint64) Verdict {
	for i := range a.paths {
		r := &a.paths[i]
		if r.PerInstance || !r.matches(c.Method, c.Path) {
			continue
		}
		l, salt := r.limit(), rateSalt(i)
		who := client{mix(a.loc.agentKey(agent) ^ salt), 0, record.ScopeAgent}
		if of.confirmed {
			who = client{mix(of.key ^ salt), 0, record.ScopeSession}
		}
		if v := a.pathRate(s, who, l); v.Verdict != record.VerdictPass {
			return v
		}
		if v := a.pathRate(s, client{key: mix(a.loc.keys[0] ^ salt)}, l.Times(addressFactor)); v.Verdict != record.VerdictPass && !of.confirmed {
			return v
		}
	}
	return pass
}

func (a *admission) pathRate(s *shard, c client, l counter.Limit) Verdict {
	src := s.counters.Source(c.key, a.now, &a.rules.limits)
	if src == nil {
		return pass
	}
	ok, wait := src.TakeRate(l, a.now, 1)
	if ok {
		return pass
	}
	a.tooFast(s, src, c, int(l.Burst))
	if !a.enforce {
		return pass
	}
	return Verdict{record.VerdictThrottle, wait, a.rules.list[rateRule].Name}
}
