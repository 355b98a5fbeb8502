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
	// Session is a hash of the session cookie's value that the client has from
	// now on, 0 for none. A success confirms it.
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
	shared  bool
	hits    []hit
}

// Login learns from a login that was tried at now, and returns the rules that
// it breaks. They act on the next requests.
func (d *Detector) Login(e *LoginEvent, now time.Time) []Overflow {
	if !e.Addr.IsValid() || e.Account == "" {
		return nil
	}
	l := login{LoginEvent: e, d: d, id: d.locate(e.Addr), now: now.UnixNano()}
	l.account = d.hash(kindAccount, 0, strings.ToLower(e.Account)) | 1 // 0 is nobody
	s := l.id.shard
	s.mu.Lock()
	if e.Success && s.loggedIn(l.id.keys[0], l.account, l.now) {
		d.people.learn(record.Known{Place: l.id.place, Key: l.id.keys[0], User: l.account, At: now})
	}
	l.shared = s.isShared(l.id.keys[0], l.now)
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
		l.d.people.learn(record.Known{Place: placeOf(key), Key: key, At: unix(l.now)})
	}
	at := l.d.hash(kindAccountAt, l.id.keys[0], "") ^ l.account
	if c := l.failures(at, false); c.Count >= builtin[loginTakeover].Capacity && l.d.on(loginTakeover) {
		l.hits = append(l.hits, l.hit(loginTakeover, c, record.AccountSubject))
	}
	l.forget(at)
	// Successes show that an address is not one that only guesses.
	for _, key := range []uint64{l.id.keys[0], l.agentKey(), l.instanceKey()} {
		l.tally(key, loginUserEnum, true, l.account)
		l.tally(key, loginSpraying, true, l.account)
	}
}

func (l *login) failed() {
	at := l.d.hash(kindAccountAt, l.id.keys[0], "") ^ l.account
	l.alsoHere()
	l.failures(at, true)
	l.count(at, loginBF, 0, false, record.AddressSubject)
	l.count(at, loginSlowBF, 0, false, record.AddressSubject)
	if l.shared {
		// With many people behind an address, some mistype. Each user agent
		// is looked at alone.
		l.count(l.agentKey(), loginUserEnum, l.account, true, record.AddressSubject)
	} else {
		l.count(l.id.keys[0], loginUserEnum, l.account, true, record.AddressSubject)
	}
	l.count(l.id.keys[0], loginSpraying, l.account, true, record.AddressSubject)
	l.count(l.instanceKey(), loginSpraying, l.account, true, record.InstanceSubject)
	l.count(l.account, loginDistributed, l.id.keys[0], true, record.AccountSubject)
}

func (l *login) agentKey() uint64 { return l.id.agentKey(l.d.hash(kindText, 0, l.UserAgent)) }

func (l *login) instanceKey() uint64 { return l.d.hash(kindInstance, 0, "") }

// count counts a failure, and notes an overflow. A value of 0 is none.
func (l *login) count(key uint64, rule int, value uint64, distinct bool, kind record.SubjectKind) {
	if !l.d.on(rule) {
		return
	}
	c := l.tally(key, rule, false, value)
	if c.Count == 0 || distinct && rule != loginDistributed && l.successes(key, rule) >= c.Count {
		return
	}
	l.hits = append(l.hits, l.hit(rule, c, kind))
}

// tally counts for a key, in its own shard. Successes are kept apart.
func (l *login) tally(key uint64, rule int, success bool, value uint64) counted {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.source(key, l.now, &l.d.rules)
	if src == nil {
		return counted{}
	}
	t := tally{rule: rule, limit: l.d.rules.limits[rule], cost: 1, now: l.now, apart: success, distinct: value != 0, value: uint32(value)}
	if success {
		t.cost = 1.0 / 16 // a set with room for more, that never overflows soon
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

// failures counts the failures of an account at an address, or says how many
// there were lately.
func (l *login) failures(key uint64, one bool) counted {
	s := l.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	t := tally{rule: loginTakeover, limit: l.d.rules.limits[loginTakeover], now: l.now}
	c := s.find(key, loginTakeover, false)
	if c == nil && one {
		if src := s.source(key, l.now, &l.d.rules); src != nil {
			c = s.count(src, t, &l.d.rules)
		}
	}
	if c == nil {
		return counted{}
	}
	if c.n == 0 || c.refilled(t.limit, l.now) {
		c.n, c.first = 0, l.now
	}
	if one {
		c.n++
		c.take(t.limit, l.now, 1)
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

// hit is an overflow. Only where it was tried is anything held up, so that
// whoever is in stays in.
func (l *login) hit(rule int, c counted, kind record.SubjectKind) hit {
	r := &l.d.rules.list[rule]
	h := hit{Overflow: Overflow{
		Rule: r.Name, Action: r.Action, First: unix(c.First), At: unix(l.now), Count: c.Count,
		Subject: record.FlagSubject{Kind: kind},
	}}
	switch kind {
	case record.AccountSubject:
		h.Subject.Value = record.Cut(l.Account, maxAccount)
		h.Action = min(h.Action, Observe)
	case record.InstanceSubject:
		h.Action = min(h.Action, Observe)
	default:
		l.narrow(&h)
	}
	return h
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

// narrow says whom an overflow at an address holds up: the address, or where
// that is many people's the session or the user agent.
func (l *login) narrow(h *hit) {
	p := l.id.prefix(0)
	h.IP, h.Prefix, h.Subject.Value = l.id.addr, p, p.String()
	h.key, h.at = l.id.keys[0], l.id.shard
	if l.shared && h.Action >= Throttle {
		h.Action = Throttle
		h.Scope, h.key = "agent", l.agentKey()
		// A client may change its cookie: then the next time it is the agent.
		if l.Session != 0 && !l.d.flags.has(h.Subject, h.Rule) {
			h.Scope, h.key, h.at = "session", l.d.sessionKey(l.Session), l.d.shardOf(l.d.sessionKey(l.Session))
		}
	}
	if h.Action == Throttle {
		h.path = l.d.form(l.Path)
	}
}
