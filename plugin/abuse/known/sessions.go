package known

import "github.com/gatebook/gatebook/plugin/abuse/bounded"

// Sessions are the sessions that a login confirmed.
type Sessions map[uint64]Session

// Session is a session that a login confirmed.
type Session struct {
	// Account is whose it is, 0 if that is not known.
	Account uint64
	// Until is when it expires.
	Until int64
}

// maxSessions bounds a [Sessions].
const maxSessions = 1024

// Confirm adds a session.
func (s Sessions) Confirm(session uint64, one Session) {
	if _, ok := s[session]; !ok {
		bounded.MakeRoom(s, maxSessions, func(one Session) int64 { return one.Until })
	}
	one.Until = max(s[session].Until, one.Until)
	s[session] = one
}

// Use returns the account of a session, and whether the session is confirmed. A
// session in use is extended, and extended tells that this is worth storing.
func (s Sessions) Use(session uint64, now int64) (account uint64, confirmed, extended bool) {
	one, ok := s[session]
	if !ok || now >= one.Until {
		return 0, false, false
	}
	if one.Until-now < Lifetime-reportAfter {
		one.Until = now + Lifetime
		s[session] = one
		return one.Account, true, true
	}
	return one.Account, true, false
}

// Full reports whether the next new session replaces another one.
func (s Sessions) Full() bool { return len(s) >= maxSessions }
