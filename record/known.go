package record

import "time"

// Known is what a login told of a user: that they are at an address, or have a
// session, or since when there is an account. Address, session, user and agent are hashes
// whose seed is stored with them, and are forgotten after [KnownFor]; accounts after
// [AccountKnownFor].
type Known struct {
	// Place is the number of the detector's part that keeps the key.
	Place uint8
	// Key is that of the address or of the session; for an account it is User.
	Key uint64
	// User is who logged in at the address; 0 for a session.
	User uint64
	// Agent is the user agent that they had; for a session its account, and for an
	// account since when it is known: see [OldAccount].
	Agent uint64
	// At is when they were last there.
	At time.Time
}

const (
	// KnownFor is how long a login tells anything.
	KnownFor = 24 * time.Hour
	// AccountKnownFor is how long after its last login the age of an account is kept:
	// over weekends and holidays.
	AccountKnownFor = 30 * 24 * time.Hour
	// MaxAccounts bounds the accounts whose age is kept.
	MaxAccounts = 1 << 16
	// OldAccount is the Agent of an account that is old. That of a young one is when it
	// was first seen, in microseconds since 1970, or 0 if that is unknown.
	OldAccount = 1
)

// IsAccount reports whether it says since when there is an account.
func (k *Known) IsAccount() bool { return k.User == k.Key }

// Expired reports whether it is to be forgotten at a time.
func (k *Known) Expired(now time.Time) bool {
	lasts := KnownFor
	if k.IsAccount() {
		lasts = AccountKnownFor
	}
	return !k.At.After(now.Add(-lasts))
}

// Learned is something that the abuse detection learned about the application, as it
// is stored. Its value is opaque to the store; a nil value deletes.
type Learned struct {
	Name, Value []byte
}
