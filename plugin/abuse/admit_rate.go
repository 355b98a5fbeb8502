package abuse

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

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
	if !a.mayReport(s, src, rule.Mute) {
		return
	}
	p := a.loc.prefix(of.level)
	s.pending = append(s.pending, finding{Overflow: Overflow{
		Rule: rule.Name, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
		IP: a.loc.addr, Prefix: p, Scope: of.scope,
		First: unix(a.now), At: unix(a.now), Count: burst + 1, Action: rule.Action,
	}})
}

// mayReport reports whether an overflow of a source may wait for the next Observe,
// and mutes further ones of the source.
func (a *admission) mayReport(s *shard, src *counter.Source, mute time.Duration) bool {
	c := s.counters.Counter(src, &counter.Event{Rule: rateRule, Now: a.now, Limit: counter.Limit{Burst: 1}}, &a.rules.limits)
	if c == nil || c.Muted(a.now) || len(s.pending) >= maxPending {
		return false
	}
	c.Mute(a.now + int64(mute))
	return true
}

// PathRate limits the requests to some paths.
type PathRate struct {
	// Method is the method that is limited, "" for all.
	Method string
	// Path is a path, in which * stands for any run of characters. All spellings that
	// servers take for the same path match: in capitals, with doubled slashes.
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
	if err := checkMatchable(r.Path); err != nil {
		return fmt.Errorf("rate: %w", err)
	}
	return nil
}

// matches reports whether the rate is for a request.
// path is in the spelling of [pattern.Spelled].
func (r *PathRate) matches(method, path string) bool {
	return (r.Method == "" || r.Method == method) && matchesPath(r.Path, path)
}

// lowerPaths returns the rates with their paths in lower case.
func lowerPaths(rates []PathRate) []PathRate {
	rates = slices.Clone(rates)
	for i := range rates {
		rates[i].Path = strings.ToLower(rates[i].Path)
	}
	return rates
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
func (a *admission) instanceRates(c *Client, path string) Verdict {
	for i := range a.paths {
		r := &a.paths[i]
		if !r.PerInstance || !r.matches(c.Method, path) {
			continue
		}
		ok, wait, report := a.takeShared(mix(a.instanceKey()^rateSalt(i)), r.limit())
		if report {
			a.reportShared(r)
		}
		if !ok && a.enforce {
			return Verdict{record.VerdictThrottle, wait, a.rules.list[rateRule].Name}
		}
	}
	return pass
}

// takeShared takes a request from a budget that all clients share. report means that
// it is exceeded, and was not lately.
func (a *admission) takeShared(key uint64, l counter.Limit) (ok bool, wait time.Duration, report bool) {
	s := a.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.counters.Source(key, a.now, &a.rules.limits)
	if src == nil {
		return true, 0, false
	}
	if ok, wait = src.TakeRate(l, a.now, 1); !ok {
		report = a.mayReport(s, src, a.rules.list[rateRule].Mute)
	}
	return ok, wait, report
}

// reportShared leaves an overflow of a rate that all clients share for the next
// Observe of the client's address, although nobody is to blame.
func (a *admission) reportShared(r *PathRate) {
	s := &a.shards[a.loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) < maxPending {
		s.pending = append(s.pending, finding{Overflow: Overflow{
			Rule: a.rules.list[rateRule].Name, Subject: record.FlagSubject{Kind: record.InstanceSubject},
			First: unix(a.now), At: unix(a.now), Count: r.Burst + 1, Action: Observe,
		}})
	}
}

// pathRates takes a request from the rates of its path. The shard of the address is
// locked.
func (a *admission) pathRates(s *shard, c *Client, path string, of *sessionClient, agent uint64) Verdict {
	for i := range a.paths {
		r := &a.paths[i]
		if r.PerInstance || !r.matches(c.Method, path) {
			continue
		}
		l, salt := r.limit(), rateSalt(i)
		who := client{key: mix(a.loc.agentKey(agent) ^ salt), scope: record.ScopeAgent}
		if of.confirmed {
			who = client{key: mix(of.key ^ salt), scope: record.ScopeSession}
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
