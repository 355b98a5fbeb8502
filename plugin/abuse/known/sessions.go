package known

import "github.com/gatebook/gatebook/plugin/abuse/bounded"

// Sessions are the sessions that a login confirmed, and when each expires.
type Sessions map[uint64]int64

// maxSessions bounds a [Sessions].
const maxSessions = 1024

// Confirm adds a session.
func (s Sessions) Confirm(session uint64, until int64) {
	if _, ok := s[session]; !ok {
		bounded.MakeRoom(s, maxSessions, func(until int64) int64 { return until })
	}
	s[session] = max(s[session], until)
}

// Use reports whether a session is confirmed. A session in use is extended, and
// extended tells that this is worth storing.
func (s Sessions) Use(session uint64, now int64) (confirmed, extended bool) {
	until, ok := s[session]
	if !ok || now >= until {
		return false, false
	}
	if until-now < Lifetime-reportAfter {
		s[session] = now + Lifetime
		return true, true
	}
	return true, false
}

// Full reports whether the next new session replaces another one.
func (s Sessions) Full() bool { return len(s) >= maxSessions }
