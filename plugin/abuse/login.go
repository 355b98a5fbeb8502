package abuse

import (
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/plugin/abuse/intent"
	"github.com/gatebook/gatebook/plugin/abuse/known"
	"github.com/gatebook/gatebook/record"
)

// maxAccount is how much of an account's name a flag has.
const maxAccount = 256

// login is a login event while it is counted.
type login struct {
	*LoginEvent
	d       *Detector
	loc     location
	now     int64
	account uint64 // hash
	agent   uint64 // hash
	// shared means that many users log in at the address, old that their accounts
	// are old, stranger that nobody there logged in with the user agent, and no page was
	// served to it.
	shared, old, stranger bool
	found                 []finding
}

// Login learns from a login attempt at now, and returns the rules that it breaks.
// They act on the next requests. An event without address or account is ignored.
func (d *Detector) Login(e *LoginEvent, now time.Time) []Overflow {
	if !e.Addr.IsValid() || e.Account == "" {
		return nil
	}
	l := login{LoginEvent: e, d: d, loc: d.locate(e.Addr), now: now.UnixNano()}
	l.agent = d.text(e.UserAgent)
	l.account = d.hash(kindAccount, 0, strings.ToLower(e.Account)) | 1 // 0 means no account
	l.identify()
	if e.Success {
		l.succeeded()
	} else if !d.ignores(l.loc.addr, l.now) {
		l.failed()
	}
	return d.sanctionAndFlag(l.found, now)
}

// identify finds out who logs in. It is decided before the event changes anything, so
// that a success counts for the same identity as the failures before it.
func (l *login) identify() {
	s := &l.d.shards[l.loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	address := l.loc.keys[0]
	l.shared, l.old = s.shared.IsCrowded(address, l.now), s.shared.IsShared(address, l.now)
	l.stranger = s.isStranger(address, l.agent, l.loc.agentKey(l.agent))
}

// remember makes the user known at the address. again means that the account logged in
// a few minutes ago.
func (l *login) remember() (again bool) {
	key := l.d.accountKey(l.account)
	s := l.d.shardOf(key)
	s.mu.Lock()
	since, again, report := s.accounts.LoggedIn(key, l.loc.keys[0], l.now)
	s.mu.Unlock()
	at := unix(l.now)
	if report {
		one := record.Known{Place: placeOf(key), Key: key, User: key, Agent: record.OldAccount, At: at}
		if since != 0 {
			one.Agent = uint64(unix(since).UnixMicro())
		}
		l.d.known.Add(one)
	}
	s = &l.d.shards[l.loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shared.LoggedIn(known.Login{Address: l.loc.keys[0], Account: l.account, Agent: l.agent, Old: since == 0, At: l.now}) {
		l.d.known.Add(record.Known{Place: l.loc.place, Key: l.loc.keys[0], User: l.account, Agent: l.agent, At: at})
	}
	return again
}

func (l *login) succeeded() {
	again := l.remember()
	if l.Path != "" {
		l.d.learned.LoginAt(l.Path, l.now)
	}
	if l.Session != 0 {
		l.confirmSession()
	}
	here := l.accountHere()
	if r := l.failures(here); r.Count >= builtin[loginTakeover].Capacity && l.d.rules.on(loginTakeover) {
		l.found = append(l.found, l.observed(loginTakeover, r, l.accountSubject()))
	}
	l.giveBack()
	// The user knows the password, so earlier failures were typing errors.
	for _, who := range l.failureKeys() {
		l.forget(l.accountAt(who))
	}
	l.forget(here)
	if again {
		return
	}
	// Where logins of many succeed, failures are not all guesses. To log in again and
	// again with a few accounts of one's own explains nothing.
	for _, key := range []uint64{l.loc.keys[0], l.agentKey(), l.d.instanceKey()} {
		s := l.d.shardOf(key)
		s.mu.Lock()
		s.ratios.Succeeded(key, l.account, l.now)
		s.mu.Unlock()
	}
}

// giveBack gives back what the login cost the rate of logins: that is for those who
// fail.
func (l *login) giveBack() {
	s := &l.d.shards[l.loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	limits := &l.d.rules.limits
	for i, key := range []uint64{l.loc.agentKey(l.agent), l.loc.keys[0], l.loc.keys[1], l.loc.keys[2]} {
		factor := 1.0
		if i > 0 {
			factor = l.d.rules.list[loginRate].SharedFactor
		}
		s.refund(limits, key, loginRate, factor, 1, l.now)
	}
}

// confirmSession confirms the session that the login sets.
func (l *login) confirmSession() {
	key := l.d.sessionKey(l.Session)
	s := l.d.shardOf(key)
	s.mu.Lock()
	s.sessions.Confirm(key, known.Session{Account: l.account, Until: l.now + known.Lifetime})
	s.mu.Unlock()
	l.d.known.Add(record.Known{Place: placeOf(key), Key: key, Agent: l.account, At: unix(l.now)})
}

// accountHere returns the identity of the account at this address.
func (l *login) accountHere() uint64 { return l.d.hash(kindAccountAt, l.loc.keys[0], "") ^ l.account }

// accountAt returns the identity of the account as tried by another one.
func (l *login) accountAt(who uint64) uint64 {
	return mix(l.d.hash(kindAccountAt, who, "") ^ l.account ^ 1)
}

// accountSubject returns the account as the subject of a flag.
func (l *login) accountSubject() record.FlagSubject {
	return record.FlagSubject{Kind: record.AccountSubject, Value: record.Cut(l.Account, maxAccount)}
}

// agentKey returns the identity of the user agent. At a shared address all user
// agents with which nobody logged in are one, so that changing it does not help.
func (l *login) agentKey() uint64 {
	if l.shared && l.stranger {
		return l.loc.unknownAgentsKey()
	}
	return l.loc.agentKey(l.agent)
}

// failureKeys returns the identities that a failure may have been counted for, apart
// from a session: a login sets a new one.
func (l *login) failureKeys() []uint64 {
	agent := l.agentKey()
	return []uint64{l.loc.keys[0], l.loc.keys[len(l.loc.levels)-1], agent, mix(agent), l.loc.unknownAgentsKey()}
}

// event returns an event of the login; a value of 0 means that it always counts.
func (l *login) event(rule int, value uint64) counter.Event {
	e := l.d.rules.event(rule, l.now)
	e.Distinct, e.Value = value != 0, uint32(value)
	return e
}

// count counts an event for a key, in the shard of the key.
func (l *login) count(key uint64, e *counter.Event) counter.Result {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.counters.Source(key, l.now, &l.d.rules.limits)
	if src == nil {
		return counter.Result{}
	}
	return s.counters.Count(src, e, &l.d.rules.limits)
}

// failures returns the recent failures of an account at an address.
func (l *login) failures(key uint64) counter.Result {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counters.Find(key, loginTakeover, 0)
	if c == nil || c.Refilled(l.d.rules.limits.Rules[loginTakeover], l.now) {
		return counter.Result{}
	}
	return counter.Result{Count: c.N(), First: c.First()}
}

// forget removes what was counted for a key.
func (l *login) forget(key uint64) {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counters.Drop(key)
}

// observed returns an overflow that is never sanctioned.
func (l *login) observed(rule int, r counter.Result, subject record.FlagSubject) finding {
	of := &l.d.rules.list[rule]
	return finding{Overflow: Overflow{
		Rule: of.Name, Action: min(of.Action, Observe), First: unix(r.First), At: unix(l.now), Count: r.Count, Subject: subject,
	}}
}

// isLogin reports whether a path, as [pattern.Spelled] returns it, is that of a login
// form: one that is configured, one where login events came from, or one with a usual
// name of which nobody says otherwise.
func (o *observation) isLogin(path string) bool {
	for _, p := range o.d.loginPaths {
		if matchesPath(p, path) {
			return true
		}
	}
	return o.known.Login || !o.known.NoLogin && intent.LoginPath(path)
}
