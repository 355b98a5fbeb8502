package abuse

import (
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
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
	// shared means that the address is that of many users, unknownAgent that none
	// of them logged in with the user agent.
	shared, unknownAgent bool
	found                []finding
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
	s := &d.shards[l.loc.place]
	s.mu.Lock()
	if e.Success && s.shared.LoggedIn(l.loc.keys[0], l.account, l.agent, l.now) {
		d.known.Add(record.Known{Place: l.loc.place, Key: l.loc.keys[0], User: l.account, Agent: l.agent, At: now})
	}
	l.shared, l.unknownAgent = s.shared.IsShared(l.loc.keys[0], l.now), s.shared.AgentUnknown(l.loc.keys[0], l.agent)
	s.mu.Unlock()
	if e.Success {
		l.succeeded()
	} else if !d.ignores(l.loc.addr, l.now) {
		l.failed()
	}
	return d.sanctionAndFlag(l.found, now)
}

func (l *login) succeeded() {
	if l.Session != 0 {
		l.confirmSession()
	}
	here := l.accountHere()
	if r := l.failures(here); r.Count >= builtin[loginTakeover].Capacity && l.d.rules.on(loginTakeover) {
		l.found = append(l.found, l.observed(loginTakeover, r, l.accountSubject()))
	}
	// The user knows the password, so earlier failures were typing errors.
	for _, who := range l.failureKeys() {
		l.forget(mix(here ^ who))
	}
	l.forget(here)
	// Where logins succeed, failures are not all guesses.
	for _, key := range []uint64{l.loc.keys[0], l.agentKey(), l.d.instanceKey()} {
		l.countSuccess(key, loginUserEnum)
		l.countSuccess(key, loginSpraying)
	}
}

// confirmSession confirms the session that the login sets.
func (l *login) confirmSession() {
	key := l.d.sessionKey(l.Session)
	s := l.d.shardOf(key)
	s.mu.Lock()
	s.sessions.Confirm(key, l.now+known.Lifetime)
	s.mu.Unlock()
	l.d.known.Add(record.Known{Place: placeOf(key), Key: key, At: unix(l.now)})
}

// accountHere returns the identity of the account at this address.
func (l *login) accountHere() uint64 { return l.d.hash(kindAccountAt, l.loc.keys[0], "") ^ l.account }

// accountSubject returns the account as the subject of a flag.
func (l *login) accountSubject() record.FlagSubject {
	return record.FlagSubject{Kind: record.AccountSubject, Value: record.Cut(l.Account, maxAccount)}
}

// agentKey returns the identity of the user agent. At a shared address all user
// agents with which nobody logged in are one, so that changing it does not help.
func (l *login) agentKey() uint64 {
	if l.shared && l.unknownAgent {
		return l.loc.unknownAgentsKey()
	}
	return l.loc.agentKey(l.agent)
}

// failureKeys returns the identities that a failure may have been counted for, apart
// from a session: a login sets a new one.
func (l *login) failureKeys() []uint64 {
	agent := l.agentKey()
	return []uint64{l.loc.keys[0], agent, mix(agent), l.loc.unknownAgentsKey()}
}

// countSuccess counts a success beside the failures of a rule, for as long. Its set
// of accounts has more room.
func (l *login) countSuccess(key uint64, rule int) {
	e := l.event(rule, l.account)
	e.Apart, e.Burst = true, e.Burst*16
	l.count(key, &e)
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
	c := s.counters.Find(key, loginTakeover, false)
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
