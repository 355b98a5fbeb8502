package abuse

import (
	"github.com/gatebook/gatebook/record"
)

// hit is an overflow, and what follows from it.
type hit struct {
	Overflow
	// key is the identity that a throttle is for, at where it is kept.
	key uint64
	at  *shard
	// path is the only one that is throttled, 0 for all.
	path     uint64
	evidence []record.Request
}

// hit is an overflow of the request's address.
func (o *observation) hit(rule int, c counted, level int, scope string, key uint64, s *shard) hit {
	r := &o.d.rules.list[rule]
	p := o.id.prefix(level)
	h := hit{
		Overflow: Overflow{
			Rule: r.Name, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
			IP: o.id.addr, Prefix: p, Scope: scope, Action: r.Action,
			First: unix(c.First), At: unix(o.now), Count: c.Count,
		},
		key: key, at: s,
	}
	if r.Action == Block && (o.CrossSite || level > 0) {
		h.Action = Throttle
	}
	if atForm>>rule&1 != 0 {
		h.path = o.d.form(o.Path)
	}
	switch {
	case h.Action == Block && !o.shared, o.found.tool && scope == record.ScopeAgent && !o.shared:
		h.Scope, h.key, h.at = "", o.id.keys[level], o.id.shard
	case o.shared && h.Action >= Throttle:
		// Many people are here: only the one who did it is held up.
		h.Action = Throttle
		h.Scope, h.key, h.at = record.ScopeAgent, o.agent, o.id.shard
		if o.unknownAgent && r.Action == Block {
			h.key = o.id.unknownAgentsKey() // to change the user agent is no way out
		}
		// A client may change its cookie: then the next time it is the agent.
		if o.session || o.Session != 0 && h.path != 0 && !c.again && !o.unknownAgent {
			h.Scope, h.key, h.at = record.ScopeSession, o.d.sessionKey(o.Session), o.d.shardOf(o.d.sessionKey(o.Session))
		}
	}
	return h
}
