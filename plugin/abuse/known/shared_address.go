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
	// manyUsers is the number of users from which on it is shared whatever the age of
	// their accounts.
	manyUsers = 20
	// maxAddresses bounds a [SharedAddresses], maxAgents the user agents of one.
	maxAddresses = 512
	maxAgents    = 256
	// maxAllAgents bounds the user agents of all addresses, but for one of each.
	maxAllAgents = 4096
)

// SharedAddresses tracks which users logged in at addresses.
type SharedAddresses struct {
	users map[uint64]*users
	// agents is at least how many user agents there are.
	agents int
}

// NewSharedAddresses returns one that is empty.
func NewSharedAddresses() *SharedAddresses { return &SharedAddresses{users: map[uint64]*users{}} }

// users are the last users of an address, and their user agents.
type users struct {
	accounts [manyUsers]user
	// old are the last users whose accounts are old.
	old    [sharedUsers]user
	agents []uint32
	agent  uint8 // the place of the last of them
}

type user struct {
	account uint64
	at      int64
}

// Login is a login at an address.
type Login struct {
	Address, Account uint64
	// Agent is a hash, 0 if it is unknown.
	Agent uint64
	// Old means that the account is; see [Accounts].
	Old bool
	At  int64
}

// LoggedIn adds a login and reports whether it is worth storing: the user or the
// user agent is new, or was not seen for an hour.
func (a *SharedAddresses) LoggedIn(l Login) bool {
	u := a.users[l.Address]
	if u == nil {
		bounded.MakeRoom(a.users, maxAddresses, func(u *users) int64 { return last(u.accounts[:]) })
		u = new(users)
		a.users[l.Address] = u
	}
	report := l.Agent != 0 && a.addAgent(u, uint32(l.Agent))
	if add(u.accounts[:], l.Account, l.At) {
		report = true
	}
	if l.Old && add(u.old[:], l.Account, l.At) {
		report = true
	}
	return report
}

// addAgent adds a user agent and reports whether it is new. Where there is no room it
// replaces the one that came first.
func (a *SharedAddresses) addAgent(u *users, agent uint32) bool {
	if slices.Contains(u.agents, agent) {
		return false
	}
	if len(u.agents) == 0 || len(u.agents) < maxAgents && a.hasRoom() {
		u.agents = append(u.agents, agent)
		a.agents++
		return true
	}
	u.agents[int(u.agent)%len(u.agents)] = agent
	u.agent = uint8((int(u.agent) + 1) % len(u.agents))
	return true
}

// hasRoom reports whether there is room for another user agent.
func (a *SharedAddresses) hasRoom() bool {
	if a.agents >= maxAllAgents {
		a.agents = 0 // those of addresses that are gone do not count
		for _, u := range a.users {
			a.agents += len(u.agents)
		}
	}
	return a.agents < maxAllAgents
}

// add adds a user and reports whether it is new, or was not seen for an hour.
func add(list []user, account uint64, at int64) bool {
	oldest := 0
	for i := range list {
		if list[i].account == account {
			report := at-list[i].at > reportAfter
			list[i].at = max(list[i].at, at)
			return report
		}
		if list[i].at < list[oldest].at {
			oldest = i
		}
	}
	if list[oldest].at >= at {
		return false // a login from the store, and there are later ones
	}
	list[oldest] = user{account, at}
	return true
}

// AgentUnknown reports whether nobody logged in at an address with a user agent.
func (a *SharedAddresses) AgentUnknown(address, agent uint64) bool {
	u := a.users[address]
	return u == nil || !slices.Contains(u.agents, uint32(agent))
}

// HasUsers reports whether anybody logged in at an address lately.
func (a *SharedAddresses) HasUsers(address uint64, now int64) bool {
	u := a.users[address]
	return u != nil && now-last(u.accounts[:]) <= Lifetime
}

// IsCrowded reports whether many accounts logged in at an address lately.
func (a *SharedAddresses) IsCrowded(address uint64, now int64) bool {
	u := a.users[address]
	return u != nil && recent(u.accounts[:], now) >= sharedUsers
}

// IsShared reports whether many users of old accounts, or very many users, logged in
// at an address lately: it is never banned as a whole.
func (a *SharedAddresses) IsShared(address uint64, now int64) bool {
	u := a.users[address]
	return u != nil && (recent(u.old[:], now) >= sharedUsers || recent(u.accounts[:], now) >= manyUsers)
}

// recent returns how many users of a list were there lately.
func recent(list []user, now int64) (n int) {
	for i := range list {
		if list[i].at != 0 && now-list[i].at <= Lifetime {
			n++
		}
	}
	return n
}

// Full reports whether the next new address replaces another one.
func (a *SharedAddresses) Full() bool { return len(a.users) >= maxAddresses }

// last returns the time of the last login of a list.
func last(list []user) int64 {
	at := list[0].at
	for i := range list {
		at = max(at, list[i].at)
	}
	return at
}
