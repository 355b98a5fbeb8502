package abuse

import (
	"sync"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/plugin/abuse/flags"
	"github.com/gatebook/gatebook/plugin/abuse/known"
	"github.com/gatebook/gatebook/plugin/abuse/sanction"
)

// shards is the number of shards. Each has bounded memory, and a test holds all of
// them together to 64 MB.
const shards = 64

// maxPending bounds the overflows that wait for the next Observe.
const maxPending = 64

// shard is a part of a detector's state with a lock of its own. All identities of an
// address are in one shard, so that a request takes one lock; sessions and accounts
// are in the shard of their keys.
type shard struct {
	mu       sync.Mutex
	counters counter.Table

	sanctions sanction.Table
	groups    sanction.PrefixGroups
	strikes   sanction.Strikes
	sessions  known.Sessions
	shared    *known.SharedAddresses
	accounts  known.Accounts
	ratios    known.Ratios
	recent    flags.Recent
	// pending are overflows that Admit found. The next Observe reports them.
	pending []finding
}

func (s *shard) init() {
	s.counters.Init()
	s.sanctions = sanction.Table{}
	s.strikes = sanction.Strikes{}
	s.groups = sanction.PrefixGroups{}
	s.sessions = known.Sessions{}
	s.shared = known.NewSharedAddresses()
	s.accounts, s.ratios = known.Accounts{}, known.Ratios{}
}

// dropOwnRules removes what own rules have counted, because their numbers belong to
// others in the next configuration.
func (s *shard) dropOwnRules() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counters.DropRules(ownRules)
}

// sanctionable returns the identities whose sanctions apply to a client, besides
// its session. A client with a confirmed session, or at a shared address, is not
// sanctioned for its neighbours.
//
// tool is whether it is a scanner or a library: all of these at an address are one
// client. caused is whether the client did not make the request of its own accord; then
// sanctions for such requests apply as well.
func (s *shard) sanctionable(loc *location, agent uint64, confirmed, tool, caused bool, now int64) (keys [12]uint64, n int) {
	add := func(key uint64) { keys[n], n = key, n+1 }
	if !confirmed {
		key := loc.agentKey(agent)
		add(key)
		if s.isStranger(loc.keys[0], agent, key) {
			add(loc.unknownAgentsKey())
		}
		if tool {
			add(loc.agentKey(anyTool))
		}
	}
	add(loc.keys[0])
	if !confirmed && !s.shared.IsShared(loc.keys[0], now) {
		for i := 1; i < len(loc.levels); i++ {
			add(loc.keys[i])
		}
	}
	if caused {
		for _, key := range keys[:n] {
			add(causedKey(key))
		}
	}
	return keys, n
}

// isStranger reports whether nobody logged in at an address with a user agent, and no
// page was served to it there. All such agents are one client, so that changing the
// agent does not help; a user with a new browser is served the form first.
func (s *shard) isStranger(address, agent, agentKey uint64) bool {
	if !s.shared.AgentUnknown(address, agent) {
		return false
	}
	src := s.counters.Lookup(agentKey)
	return src == nil || !src.Conduct.Served()
}

// extendThrottles extends the throttles of these identities that are limited to some
// forms to one more form. The shard is locked.
func (s *shard) extendThrottles(form uint64, now int64, keys ...uint64) {
	for _, key := range keys {
		s.sanctions.Extend(key, form, now)
	}
}

// refund gives back what a request cost a source under a rule, or a part of it, in both
// buckets of the rule. The shard is locked.
func (s *shard) refund(limits *counter.Limits, key uint64, rule int, factor, cost float64, now int64) {
	if c := s.counters.Find(key, rule, 0); c != nil {
		c.Give(limits.Rules[rule].Times(factor), now, cost)
	}
	if c := s.counters.Find(key, rule, counter.Slow); c != nil {
		c.Give(limits.Slow[rule].Times(factor), now, cost)
	}
}
