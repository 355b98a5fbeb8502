package abuse

import (
	"net/netip"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

// LoginEvent is what the application tells of a login.
type LoginEvent struct {
	Addr      netip.Addr
	UserAgent string
	// Account is whom somebody wanted to be, as the application names it.
	Account string
	Success bool
	// Path is where it was tried.
	Path string
	// CrossSite says that another site caused it; see [CrossSite].
	CrossSite bool
	// Session is a hash of the session cookie's value, 0 for none: of a failure the
	// one that the client had, of a success the one that it has from now on, which
	// is confirmed.
	Session uint64
}

// maxAccount is how much of an account's name a flag has.
const maxAccount = 256

// login is an event on its way through the rules.
type login struct {
	*LoginEvent
	d       *Detector
	id      netID
	now     int64
	account uint64 // hash
	agent   uint64 // hash
	shared  bool
	// unknownAgent says that nobody logged in here with the user agent.
	unknownAgent bool
	hits         []hit
}

// Login learns from a login that was tried at now, and returns the rules that
// it breaks. They act on the next requests. One without address or account is
// ignored.
func (d *Detector) Login(e *LoginEvent, now time.Time) []Overflow {
	if !e.Addr.IsValid() || e.Account == "" {
		return nil
	}
	l := login{LoginEvent: e, d: d, id: d.locate(e.Addr), now: now.UnixNano()}
	l.agent = d.hash(kindText, 0, e.UserAgent)
	l.account = d.hash(kindAccount, 0, strings.ToLower(e.Account)) | 1 // 0 is nobody
	s := l.id.shard
	s.mu.Lock()
	if e.Success && s.loggedIn(l.id.keys[0], l.account, l.agent, l.now) {
		d.newlyKnown.add(record.Known{Place: l.id.place, Key: l.id.keys[0], User: l.account, Agent: l.agent, At: now})
	}
	l.shared, l.unknownAgent = s.isShared(l.id.keys[0], l.now), s.agentUnknown(l.id.keys[0], l.agent)
	s.mu.Unlock()
	if e.Success {
		l.succeeded()
	} else if !d.isFree(l.id.addr) && !d.decided.Load().allows(l.id.addr, l.now) {
		l.failed()
	}
	return d.follow(l.hits, now)
}

func (l *login) succeeded() {
	if l.Session != 0 {
		key := l.d.sessionKey(l.Session)
		s := l.d.shardOf(key)
		s.mu.Lock()
		s.confirm(key, l.now+userDay)
		s.mu.Unlock()
		l.d.newlyKnown.add(record.Known{Place: placeOf(key), Key: key, At: unix(l.now)})
	}
	at := l.accountHere()
	if c := l.failures(at); c.Count >= builtin[loginTakeover].Capacity && l.d.on(loginTakeover) {
		l.hits = append(l.hits, l.alone(loginTakeover, c, record.FlagSubject{Kind: record.AccountSubject, Value: record.Cut(l.Account, maxAccount)}))
	}
	for _, who := range l.counters() {
		l.forget(mix(at ^ who))
	}
	l.forget(at)
	// Successes show that an address is not one that only guesses.
	for _, key := range []uint64{l.id.keys[0], l.agentKey(), l.instanceKey()} {
		l.succeededAt(key, loginUserEnum)
		l.succeededAt(key, loginSpraying)
	}
}

// accountHere is the identity of the account at this address.
func (l *login) accountHere() uint64 { return l.d.hash(kindAccountAt, l.id.keys[0], "") ^ l.account }

// agentKey is the identity of the user agent. Where many people are, all agents
// with which none of them logged in are one: to change it all the time is no way out.
func (l *login) agentKey() uint64 {
	if l.shared && l.unknownAgent {
		return l.id.unknownAgentsKey()
	}
	return l.id.agentKey(l.agent)
}

func (l *login) instanceKey() uint64 { return l.d.hash(kindInstance, 0, "") }

// succeededAt counts a success where failures are counted, in a set that has room
// for more and lives as long.
func (l *login) succeededAt(key uint64, rule int) {
	t := l.tally(rule, l.account)
	t.apart, t.burst = true, t.burst*16
	l.add(key, t)
}

func (l *login) tally(rule int, value uint64) tally {
	return tally{rule: rule, limit: l.d.rules.limits[rule], cost: 1, now: l.now, distinct: value != 0, value: uint32(value)}
}

// add counts for a key, in its own shard.
func (l *login) add(key uint64, t tally) counted {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.source(key, l.now, &l.d.rules)
	if src == nil {
		return counted{}
	}
	return s.tally(src, t, &l.d.rules)
}

// successes is how many accounts logged in while failures were counted.
func (l *login) successes(key uint64, rule int) int {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(key, rule, true)
	switch {
	case c == nil:
		return 0
	case l.now < c.mute:
		// More than fit into the set: very many.
		return int(^uint(0) >> 1)
	}
	return int(c.kept)
}

// countFailure counts a failure of an account at an address.
func (l *login) countFailure(key uint64) {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	t := tally{rule: loginTakeover, limit: l.d.rules.limits[loginTakeover], now: l.now}
	src := s.source(key, l.now, &l.d.rules)
	if src == nil {
		return
	}
	c := s.count(src, t, &l.d.rules)
	if c == nil {
		return
	}
	if c.n == 0 || c.refilled(t.limit, l.now) {
		c.n, c.first = 0, l.now
	}
	c.n++
	c.take(t.limit, l.now, 1)
}

// failures are those of an account at an address, lately.
func (l *login) failures(key uint64) counted {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(key, loginTakeover, false)
	if c == nil || c.refilled(l.d.rules.limits[loginTakeover], l.now) {
		return counted{}
	}
	return counted{Count: int(c.n), First: c.first}
}

// forget drops what was counted for an account at an address: its user knows
// the password.
func (l *login) forget(key uint64) {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok := s.index[key]; ok {
		s.dropCounts(&s.sources[i])
	}
}

// find is what a rule has counted for a key, nil for nothing.
func (s *shard) find(key uint64, rule int, apart bool) *count {
	i, ok := s.index[key]
	if !ok {
		return nil
	}
	for at := s.sources[i].counts; at != 0; at = s.counts.at(at).next {
		if c := s.counts.at(at); int(c.rule) == rule && c.apart == apart {
			return c
		}
	}
	return nil
}
