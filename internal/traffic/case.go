package traffic

import (
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Kind says what a case is.
type Kind string

// The kinds. No request of an ordinary case may be refused; an attack must be
// refused in time.
const (
	Ordinary Kind = "ordinary"
	Attack   Kind = "attack"
)

// Role says to what a request of a case belongs.
type Role int

// The roles.
const (
	// RoleDay marks the day before, which is never judged.
	RoleDay Role = iota
	// RoleSubject marks what the case is about.
	RoleSubject
	// RoleBystander marks requests of ordinary people during an attack.
	RoleBystander
	// RoleEither marks requests that may be refused or not, such as a hostile
	// picture that an ordinary page contains.
	RoleEither
)

// Request is one request of a case.
type Request struct {
	*record.Request
	// AuthFailed means that credentials were sent and rejected.
	AuthFailed bool
	Role       Role
}

// Case is one way to use or to attack an application.
type Case struct {
	// Name is the name of the file without its ending.
	Name   string
	Kind   Kind
	About  string
	Source string
	// By is, for an attack, the number of the attack's request by which one must
	// have been refused. It counts from 1 and counts requests of RoleSubject only.
	By int
	// Ban means that the refusal must be a ban.
	Ban bool

	day, requests []Request
}

// Start is the time at which each case begins. The day before begins DayLength
// earlier.
var Start = time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)

// DayLength is the time between the first request of the day before and the case.
const DayLength = 23 * time.Hour

// Alone returns the requests of the case in the order of time, as a gate sees them
// that has seen nothing before. The records are fresh copies.
func (c *Case) Alone() []Request { return copies(c.requests) }

// Known returns the requests of the day before and then those of the case.
func (c *Case) Known() []Request { return copies(slices.Concat(c.day, c.requests)) }

// copies returns requests whose records the caller may change.
func copies(requests []Request) []Request {
	out := slices.Clone(requests)
	for i := range out {
		r := *out[i].Request
		out[i].Request = &r
	}
	return out
}
