package abuse

import "time"

// userDay is how long a login counts for an address, and a session for a user.
const userDay = int64(24 * time.Hour)

// sharedUsers is how many users make an address one of many people.
const sharedUsers = 5

// users are the last that logged in at an address.
type users struct {
	who [sharedUsers]uint64
	at  [sharedUsers]int64
}

// loggedIn notes a user of an address.
func (s *shard) loggedIn(key, account uint64, now int64) {
	u := s.shared[key]
	if u == nil {
		makeRoom(s.shared, maxShared, func(u *users) int64 { return u.last() })
		u = new(users)
		s.shared[key] = u
	}
	oldest := 0
	for i := range u.who {
		if u.who[i] == account {
			u.at[i] = now
			return
		}
		if u.at[i] < u.at[oldest] {
			oldest = i
		}
	}
	u.who[oldest], u.at[oldest] = account, now
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
	if len(s.shared) == 0 {
		return false
	}
	u := s.shared[key]
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
func (s *shard) confirm(session uint64, now int64) {
	if _, ok := s.sessions[session]; !ok {
		makeRoom(s.sessions, maxSessions, func(until int64) int64 { return until })
	}
	s.sessions[session] = now + userDay
}

func (s *shard) confirmed(session uint64, now int64) bool {
	until, ok := s.sessions[session]
	if ok && now < until && until-now < userDay-int64(time.Hour) {
		s.sessions[session] = now + userDay
	}
	return ok && now < until
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

// confirmed reports whether a login confirmed a session.
func (d *Detector) confirmed(session uint64, now int64) bool {
	s := d.sessionShard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.confirmed(session, now)
}
