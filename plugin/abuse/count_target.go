package abuse

import (
	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/record"
)

// finding returns an overflow of an identity, and as whom the client is sanctioned
// for it. A shared address is never sanctioned as a whole.
func (o *observation) finding(rule int, r counter.Result, level int, scope string, key uint64, place uint8) finding {
	action, p := o.d.rules.list[rule].Action, o.loc.prefix(level)
	f := finding{
		Overflow: Overflow{
			Rule: o.d.rules.list[rule].Name, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
			IP: o.loc.addr, Prefix: p, Scope: scope, Action: action,
			First: unix(r.First), At: unix(o.now), Count: r.Count,
		},
		key: key, place: place,
	}
	if action == Block && (o.CrossSite || level > 0) {
		f.Action = Throttle
	}
	if atForm>>rule&1 != 0 {
		f.path = o.d.form(o.Path)
	}
	switch {
	case o.shared && f.Action >= Throttle:
		f.Action = Throttle
		o.aimAtClient(&f, action, r.LastMute > 0 && o.now-r.LastMute < int64(FirstBan))
	case o.shared:
	case f.Action == Block, o.class.tool && scope == record.ScopeAgent:
		f.aim("", o.loc.keys[level], o.loc.place)
	}
	return f
}

// aimAtClient aims at the one client behind a shared address that did it: its
// session or its user agent. again means that the rule was broken not long ago.
func (o *observation) aimAtClient(f *finding, action Action, again bool) {
	f.aim(record.ScopeAgent, o.agentKey, o.loc.place)
	if o.unknownAgent && action == Block {
		f.key = o.loc.unknownAgentsKey() // a client cannot escape by changing its user agent
	}
	// A client can change an unconfirmed session, so the second time it is the user
	// agent that is sanctioned.
	if o.confirmed || o.Session != 0 && f.path != 0 && !again && !o.unknownAgent {
		key := o.d.sessionKey(o.Session)
		f.aim(record.ScopeSession, key, placeOf(key))
	}
}
