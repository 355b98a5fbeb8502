package known

import (
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/bounded"
)

// Accounts remembers since when accounts are known to the instance, and whether they
// logged in from more than one address. Accounts that somebody made in order to look
// like many users are young, and all at one address.
type Accounts map[uint64]accountAge

type accountAge struct {
	first, last int64
	// address is that of its logins, 0 if it was restored and is unknown.
	address uint64
	old     bool
}

const (
	// maxAccounts bounds an [Accounts].
	maxAccounts = 1024
	// againWithin is how soon an account logs in again, in nanoseconds.
	againWithin = int64(10 * time.Minute)
)

// LoggedIn adds a login. It returns since when the account is known, or 0 if it is old:
// known for a day, or from more than one address. again means that it logged in a few
// minutes ago, report that this login is worth storing.
func (a Accounts) LoggedIn(account, address uint64, now int64) (since int64, again, report bool) {
	one, ok := a[account]
	if !ok {
		bounded.MakeRoom(a, maxAccounts, func(a accountAge) int64 { return a.last })
		one = accountAge{first: now, address: address}
	}
	was := one.old
	if one.address == 0 {
		one.address = address
	}
	one.old = one.old || one.address != address || now-one.first >= Lifetime
	report = one.old != was || !ok || now-one.last > reportAfter
	again = ok && now-one.last < againWithin
	one.last = max(one.last, now)
	a[account] = one
	if one.old {
		return 0, again, report
	}
	return one.first, again, report
}

// IsOld reports whether an account is old.
func (a Accounts) IsOld(account uint64) bool { return a[account].old }

// Restore adds what was stored: an account that is known since a time, 0 for an old one,
// and last logged in at another.
func (a Accounts) Restore(account uint64, since, last int64) {
	one, ok := a[account]
	if !ok && len(a) >= maxAccounts {
		return
	}
	if !ok {
		one = accountAge{first: last, last: last}
	}
	if since == 0 {
		one.old = true
	} else {
		one.first = min(one.first, since)
	}
	a[account] = one
}
