package abuse

import (
	"slices"
	"sync"
	"time"

	"github.com/gatebook/gatebook/record"
)

// userDay is how long a login counts for an address, and a session for a user;
// userHour is how long it takes until either is said to have been there again.
const (
	userDay  = int64(record.KnownFor)
	userHour = int64(time.Hour)
)

// sharedUsers is how many users make an address one of many people.
const sharedUsers = 5

// users are the last that logged in at an address, and the user agents they had.
type users struct {
	who    [sharedUsers]uint64
	at     [sharedUsers]int64
	agents [16]uint32
	agent  uint8 // the place of the last of them
}

// loggedIn notes a user of an address, and reports whether that is news. The agent
// is a hash, 0 where it is not known.
func (s *shard) loggedIn(key, account, agent uint64, now int64) bool {
	u := s.users[key]
	if u == nil {
		makeRoom(s.users, maxUsers, func(u *users) int64 { return u.last() })
		u = new(users)
		s.users[key] = u
	}
	newAgent := agent != 0 && !u.knows(agent)
	if newAgent {
		u.agent = (u.agent + 1) % uint8(len(u.agents))
		u.agents[u.agent] = uint32(agent)
	}
	oldest := 0
	for i := range u.who {
		if u.who[i] == account {
			news := newAgent || now-u.at[i] > userHour
			u.at[i] = max(u.at[i], now)
			return news
		}
		if u.at[i] < u.at[oldest] {
			oldest = i
		}
	}
	if u.at[oldest] >= now {
		return newAgent // it comes from the store, and there are newer ones
	}
	u.who[oldest], u.at[oldest] = account, now
	return true
}

// knows reports whether somebody logged in with a user agent.
func (u *users) knows(agent uint64) bool { return slices.Contains(u.agents[:], uint32(agent)) }

// agentUnknown reports whether nobody logged in at an address with a user agent.
func (s *shard) agentUnknown(key, agent uint64) bool {
	u := s.users[key]
	return u == nil || !u.knows(agent)
}

func (u *users) last() int64 {
	last := u.at[0]
	for _, at := range u.at {
		last = max(last, at)
	}
	return last
}

// isShared reports whether an address is that of many people.
func (s *shard) isShared(key uint64, now int64) bool {
	if len(s.users) == 0 {
		return false
	}
	u := s.users[key]
	if u == nil {
		return false
	}
	for _, at := range u.at {
		if at == 0 || now-at > userDay {
			return false
		}
	}
	return true
}

// confirm notes that a session is that of a user.
func (s *shard) confirm(session uint64, until int64) {
	if _, ok := s.sessions[session]; !ok {
		makeRoom(s.sessions, maxSessions, func(until int64) int64 { return until })
	}
	s.sessions[session] = max(s.sessions[session], until)
}

// makeRoom removes the entry with the least age from a map that is full.
func makeRoom[V any](m map[uint64]V, limit int, age func(V) int64) {
	if len(m) < limit {
		return
	}
	var victim uint64
	least := int64(-1)
	for key, v := range m {
		// Keys decide between equals, so that the order of a map does not.
		if a := age(v); least < 0 || a < least || a == least && key < victim {
			victim, least = key, a
		}
	}
	delete(m, victim)
}

// sessionStands is whether a login confirmed a session. One that is used goes on;
// its shard is locked.
func (d *Detector) sessionStands(s *shard, key uint64, now int64) bool {
	until, ok := s.sessions[key]
	if !ok || now >= until {
		return false
	}
	if until-now < userDay-userHour {
		s.sessions[key] = now + userDay
		d.newlyKnown.add(record.Known{Place: placeOf(key), Key: key, At: unix(now)})
	}
	return true
}

// sessionOf tells whether a login confirmed a session, and whether it is held up.
func (d *Detector) sessionOf(session uint64, now int64) (confirmed, held bool) {
	if session == 0 {
		return false, false
	}
	key := d.sessionKey(session)
	s := d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.standing[key]
	return d.sessionStands(s, key, now), ok && now < st.until
}

// knownOutbox has those who became known, and whom nobody has taken yet.
type knownOutbox struct {
	mu   sync.Mutex
	list []record.Known
}

// maxKnown bounds them.
const maxKnown = 1 << 14

func (o *knownOutbox) add(one ...record.Known) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, one...)
	if more := len(o.list) - maxKnown; more > 0 {
		o.list = append(o.list[:0], o.list[more:]...)
	}
}

// TakeKnown hands out who became known since the last call.
func (d *Detector) TakeKnown() []record.Known {
	d.newlyKnown.mu.Lock()
	defer d.newlyKnown.mu.Unlock()
	list := d.newlyKnown.list
	d.newlyKnown.list = nil
	return list
}

// Seed is that of the hashes.
func (d *Detector) Seed() uint64 { return d.seed }

// ReturnKnown takes back those that could not be stored.
func (d *Detector) ReturnKnown(list []record.Known) { d.newlyKnown.add(list...) }

// RestoreKnown takes over who was known before, to a detector with the same seed. What is
// older than a day says nothing, and who finds no room is not known.
func (d *Detector) RestoreKnown(list []record.Known, now time.Time) {
	for i := range list {
		one := &list[i]
		at := min(one.At.UnixNano(), now.UnixNano())
		if int(one.Place) >= len(d.shards) || now.UnixNano()-at >= userDay {
			continue
		}
		s := &d.shards[one.Place]
		s.mu.Lock()
		switch {
		case one.User == 0 && len(s.sessions) < maxSessions:
			s.confirm(one.Key, at+userDay)
		case one.User != 0 && len(s.users) < maxUsers:
			s.loggedIn(one.Key, one.User, one.Agent, at)
		}
		s.mu.Unlock()
	}
}
