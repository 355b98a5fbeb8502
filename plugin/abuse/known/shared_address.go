// Package known remembers who is known to be a user: the accounts that logged in
// at an address, which make it a shared address, and the sessions that a login
// confirmed. Its types have no locks; their user provides them.
package known

import (
	"slices"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/bounded"
	"github.com/gatebook/gatebook/record"
)

const (
	// Lifetime is how long a login counts for an address and for its session, in
	// nanoseconds.
	Lifetime = int64(record.KnownFor)
	// reportAfter is how long a user or a session that is seen again is not
	// reported again.
	reportAfter = int64(time.Hour)
)

const (
	// sharedUsers is the number of users from which on an address is shared.
	sharedUsers = 5
	// maxAddresses bounds a [SharedAddresses].
	maxAddresses = 512
)

// SharedAddresses tracks which users logged in at addresses.
type SharedAddresses map[uint64]*users

// users are the last users of an address, and their user agents.
type users struct {
	accounts [sharedUsers]uint64
	at       [sharedUsers]int64
	agents   [16]uint32
	agent    uint8 // the place of the last of them
}

// LoggedIn adds a login and reports whether it is worth storing: the user or the
// user agent is new, or was not seen for an hour. The agent is a hash, 0 if it is
// unknown.
func (a SharedAddresses) LoggedIn(address, account, agent uint64, now int64) bool {
	u := a[address]
	if u == nil {
		bounded.MakeRoom(a, maxAddresses, func(u *users) int64 { return u.last() })
		u = new(users)
		a[address] = u
	}
	newAgent := agent != 0 && !u.knows(agent)
	if newAgent {
		u.agent = (u.agent + 1) % uint8(len(u.agents))
		u.agents[u.agent] = uint32(agent)
	}
	oldest := 0
	for i := range u.accounts {
		if u.accounts[i] == account {
			report := newAgent || now-u.at[i] > reportAfter
			u.at[i] = max(u.at[i], now)
			return report
		}
		if u.at[i] < u.at[oldest] {
			oldest = i
		}
	}
	if u.at[oldest] >= now {
		return newAgent // a login from the store, and there are later ones
	}
	u.accounts[oldest], u.at[oldest] = account, now
	return true
}

// AgentUnknown reports whether nobody logged in at an address with a user agent.
func (a SharedAddresses) AgentUnknown(address, agent uint64) bool {
	u := a[address]
	return u == nil || !u.knows(agent)
}

// IsShared reports whether many users logged in at an address lately.
func (a SharedAddresses) IsShared(address uint64, now int64) bool {
	if len(a) == 0 {
		return false
	}
	u := a[address]
	if u == nil {
		return false
	}
	for _, at := range u.at {
		if at == 0 || now-at > Lifetime {
			return false
		}
	}
	return true
}

// Full reports whether the next new address replaces another one.
func (a SharedAddresses) Full() bool { return len(a) >= maxAddresses }

// knows reports whether somebody logged in with a user agent.
func (u *users) knows(agent uint64) bool { return slices.Contains(u.agents[:], uint32(agent)) }

// last returns the time of the last login.
func (u *users) last() int64 {
	last := u.at[0]
	for _, at := range u.at {
		last = max(last, at)
	}
	return last
}
