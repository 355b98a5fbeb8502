package abuse

import (
	"github.com/gatebook/gatebook/record"
)

// guess is a failed login as one identity's, and what is held up for it.
type guess struct {
	*login
	// who is counted, and may fail crowd times as often as a client.
	who   uint64
	crowd float64
	// scope, key and at are whom an overflow holds up, and whose successes excuse
	// failures.
	scope string
	key   uint64
	at    *shard
}

// agentCrowd is how much more a user agent may fail than one session of it.
const agentCrowd = 3

func (l *login) failed() {
	l.alsoHere()
	l.countFailure(l.accountHere())
	for _, g := range l.guesses() {
		account := mix(l.accountHere() ^ g.who)
		g.count(account, loginBF, 0)
		g.count(account, loginSlowBF, 0)
		g.count(g.who, loginUserEnum, l.account)
	}
	all := guess{login: l, crowd: 1, key: l.id.keys[0], at: l.id.shard}
	all.count(l.id.keys[0], loginSpraying, l.account)
	l.countAlone(l.instanceKey(), loginSpraying, l.account, record.FlagSubject{Kind: record.InstanceSubject})
	l.countAlone(l.account, loginDistributed, l.id.keys[0], record.FlagSubject{Kind: record.AccountSubject, Value: record.Cut(l.Account, maxAccount)})
}

// guesses are the identities that a failure is counted for. Where many people are,
// some mistype: a session is looked at alone, else the user agent, or whoever is
// attacked would be taken for the attacker with their first typing error. Who changes
// the session all the time is found by the user agent.
func (l *login) guesses() []guess {
	here := l.id.shard
	if !l.shared {
		return []guess{{login: l, who: l.id.keys[0], crowd: 1, key: l.id.keys[0], at: here}}
	}
	agent := guess{login: l, who: l.agentKey(), crowd: 1, scope: record.ScopeAgent, key: l.agentKey(), at: here}
	if l.Session == 0 || l.unknownAgent {
		return []guess{agent}
	}
	if _, held := l.d.sessionOf(l.Session, l.now); held {
		return nil // it answers for itself, not those beside it
	}
	key := l.d.sessionKey(l.Session)
	agent.who, agent.crowd = mix(agent.who), agentCrowd // apart from those without a session
	return []guess{{login: l, who: key, crowd: 1, scope: record.ScopeSession, key: key, at: l.d.shardOf(key)}, agent}
}

// counters are those that a failure may have been counted for, but a session, whose
// count ends with it: a login sets another.
func (l *login) counters() []uint64 {
	agent := l.agentKey()
	return []uint64{l.id.keys[0], agent, mix(agent), l.id.unknownAgentsKey()}
}

// count counts a failure, and notes an overflow. A value of 0 is none.
func (g *guess) count(key uint64, rule int, value uint64) {
	if !g.d.on(rule) {
		return
	}
	t := g.tally(rule, value)
	t.limit = t.limit.crowded(g.crowd)
	action := g.d.rules.list[rule].Action
	if g.CrossSite && action == Block {
		// What another site caused is counted apart, and never leads to a ban.
		key, action = mix(key), Throttle
	}
	c := g.add(key, t)
	if c.Count == 0 || value != 0 && g.successes(g.key, rule) >= c.Count {
		return
	}
	r, p := &g.d.rules.list[rule], g.id.prefix(0)
	h := hit{Overflow: Overflow{
		Rule: r.Name, Action: action, First: unix(c.First), At: unix(g.now), Count: c.Count,
		Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()}, IP: g.id.addr, Prefix: p,
	}, key: g.id.keys[0], at: g.id.shard}
	if g.shared && h.Action >= Throttle {
		h.Action, h.Scope, h.key, h.at = Throttle, g.scope, g.key, g.at
	}
	// Only where it was tried is anything held up: whoever is in stays in.
	if h.Action == Throttle {
		h.path = g.d.form(g.Path)
	}
	g.hits = append(g.hits, h)
}

// countAlone counts a failure for what is only ever observed: an account, so that
// nobody can lock its user out, and the instance.
func (l *login) countAlone(key uint64, rule int, value uint64, s record.FlagSubject) {
	if !l.d.on(rule) {
		return
	}
	c := l.add(key, l.tally(rule, value))
	if c.Count == 0 || rule != loginDistributed && l.successes(key, rule) >= c.Count {
		return
	}
	l.hits = append(l.hits, l.alone(rule, c, s))
}

func (l *login) alone(rule int, c counted, s record.FlagSubject) hit {
	r := &l.d.rules.list[rule]
	return hit{Overflow: Overflow{
		Rule: r.Name, Action: min(r.Action, Observe), First: unix(c.First), At: unix(l.now), Count: c.Count, Subject: s,
	}}
}

// alsoHere holds up at this form too who is held up at another.
func (l *login) alsoHere() {
	path, s := l.d.form(l.Path), l.id.shard
	s.mu.Lock()
	for i := range l.id.levels {
		s.alsoAt(l.id.keys[i], path, l.now)
	}
	s.alsoAt(l.agentKey(), path, l.now)
	s.mu.Unlock()
	if l.Session == 0 {
		return
	}
	key := l.d.sessionKey(l.Session)
	s = l.d.shardOf(key)
	s.mu.Lock()
	s.alsoAt(key, path, l.now)
	s.mu.Unlock()
}
