package abuse

import (
	"github.com/gatebook/gatebook/record"
)

// guessing is a failed login as that of one client, to detect password guessing.
type guessing struct {
	*login
	// who is the identity that failures are counted for. It may fail factor times as
	// often as a client.
	who    uint64
	factor float64
	// scope, key and place are the identity that an overflow sanctions, and whose
	// successes excuse failures.
	scope string
	key   uint64
	place uint8
	// level is that of the prefix.
	level int
}

// agentFactor is how many times as often a user agent may fail as one session of it.
const agentFactor = 3

func (l *login) failed() {
	l.extendThrottles()
	l.countFailure(l.accountHere())
	mistyped, guesser := false, uint64(0)
	for _, g := range append(l.clients(), l.network()...) {
		account, found := l.accountAt(g.who), len(l.found)
		g.count(account, loginBF, 0)
		g.count(account, loginSlowBF, 0)
		if l.explained(g.key) {
			mistyped = true
		} else {
			g.count(g.who, loginUserEnum, l.account)
		}
		if g.scope == record.ScopeSession && len(l.found) > found {
			guesser = g.key
		}
	}
	if guesser != 0 && l.d.enforce {
		l.forgive(guesser)
	}
	if mistyped {
		l.giveBack()
	}
	address := l.address()
	if !l.shared || !l.explained(l.loc.keys[0]) {
		address.count(l.loc.keys[0], loginSpraying, l.account)
	}
	if !l.explained(l.d.instanceKey()) {
		l.countObserved(l.d.instanceKey(), loginSpraying, l.account, record.FlagSubject{Kind: record.InstanceSubject})
	}
	l.countObserved(l.account, loginDistributed, l.loc.keys[0], l.accountSubject())
}

// address returns the failure as that of the address.
func (l *login) address() guessing {
	return guessing{login: l, who: l.loc.keys[0], factor: 1, key: l.loc.keys[0], place: l.loc.place}
}

// network returns the failure as that of the /48 of an IPv6 address: who has it can
// guess from ever new addresses.
func (l *login) network() []guessing {
	if !l.loc.addr.Is6() || l.shared {
		return nil
	}
	widest := len(l.loc.levels) - 1
	return []guessing{{login: l, who: l.loc.keys[widest], factor: l.loc.levels[widest].factor, level: widest, key: l.loc.keys[widest], place: l.loc.place}}
}

// clients returns the clients that a failure is counted for. At a shared address
// that is the session, so that the first typing error of a user is not taken for
// guessing while somebody else guesses, and the user agent, so that a new session
// for each guess does not help.
func (l *login) clients() []guessing {
	if !l.shared {
		return []guessing{l.address()}
	}
	agent := guessing{login: l, who: l.agentKey(), factor: 1, scope: record.ScopeAgent, key: l.agentKey(), place: l.loc.place}
	if l.Session == 0 || l.stranger {
		return []guessing{agent}
	}
	key := l.d.sessionOf(l.Session, l.now).key
	session := guessing{login: l, who: key, factor: 1, scope: record.ScopeSession, key: key, place: placeOf(key)}
	if l.d.isSanctioned(key, l.now) {
		return []guessing{session} // its failures do not count for others
	}
	agent.who, agent.factor = mix(agent.who), agentFactor // apart from clients without a session
	return []guessing{session, agent}
}

// count counts the failure for a key, in the fast and in the slow bucket of a rule. A
// value of 0 means that each failure counts, else a value counts once.
func (g *guessing) count(key uint64, rule int, value uint64) {
	if !g.d.rules.on(rule) {
		return
	}
	action := g.d.rules.list[rule].Action
	if g.CrossSite {
		// Attempts that another site caused are counted apart, and never lead to a
		// ban.
		key, action = causedKey(key), min(action, Throttle)
	}
	e := g.event(rule, value)
	e.Limit = e.Limit.Times(g.factor)
	r := g.login.count(key, &e)
	if g.d.rules.slow(&e) {
		if slow := g.login.count(key, &e); r.Count == 0 && !r.Muted {
			r = slow
		}
	}
	if r.Count == 0 {
		return
	}
	p := g.loc.prefix(g.level)
	f := finding{Overflow: Overflow{
		Rule: g.d.rules.list[rule].Name, Action: action, First: unix(r.First), At: unix(g.now), Count: r.Count,
		Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()}, IP: g.loc.addr, Prefix: p,
	}, key: g.loc.keys[g.level], place: g.loc.place}
	f.mayBan = g.level == 0 && !g.shared && !g.CrossSite && (g.d.rules.explicit>>rule&1 == 0 || action == Block)
	if g.level > 0 {
		f.Action = min(f.Action, Throttle)
	}
	if g.shared && f.Action >= Throttle {
		f.Action = Throttle
		f.aim(g.scope, g.key, g.place)
	}
	// A throttle holds for the form only, so that users who are logged in can go on.
	if f.Action == Throttle {
		f.path = g.d.form(g.Method, g.Path)
		if g.CrossSite {
			f.key = causedKey(f.key)
		}
	}
	g.found = append(g.found, f)
}

// countObserved counts the failure for a subject that is never sanctioned: the
// instance, or an account, so that nobody can lock its user out.
func (l *login) countObserved(key uint64, rule int, value uint64, subject record.FlagSubject) {
	if !l.d.rules.on(rule) {
		return
	}
	e := l.event(rule, value)
	if r := l.count(key, &e); r.Count > 0 {
		l.found = append(l.found, l.observed(rule, r, subject))
	}
}

// explained reports whether the failure is one of those that mistyping explains,
// where many others log in successfully.
func (l *login) explained(key uint64) bool {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ratios.Failed(key, l.account, l.now)
}

// forgive takes the failures of a session that is held up from now on back from those
// of its user agent and its address: for everybody else there they explain nothing.
func (l *login) forgive(session uint64) {
	s := l.d.shardOf(session)
	s.mu.Lock()
	failures := s.ratios.Failures(session, l.now)
	s.mu.Unlock()
	for _, key := range []uint64{l.agentKey(), l.loc.keys[0]} {
		s := l.d.shardOf(key)
		s.mu.Lock()
		s.ratios.Forgive(key, failures, l.now)
		s.mu.Unlock()
	}
}

// countFailure counts a failure of an account at an address.
func (l *login) countFailure(key uint64) {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.counters.Source(key, l.now, &l.d.rules.limits)
	if src == nil {
		return
	}
	e := l.d.rules.event(loginTakeover, l.now)
	if c := s.counters.Counter(src, &e, &l.d.rules.limits); c != nil {
		c.Add(e.Limit, l.now)
	}
}

// extendThrottles extends the throttles of the client to this form.
func (l *login) extendThrottles() {
	form, s := l.d.form(l.Method, l.Path), &l.d.shards[l.loc.place]
	s.mu.Lock()
	s.extendThrottles(form, l.now, l.loc.keys[:len(l.loc.levels)]...)
	s.extendThrottles(form, l.now, l.agentKey())
	s.mu.Unlock()
	if l.Session == 0 {
		return
	}
	key := l.d.sessionOf(l.Session, l.now).key
	s = l.d.shardOf(key)
	s.mu.Lock()
	s.extendThrottles(form, l.now, key)
	s.mu.Unlock()
}
