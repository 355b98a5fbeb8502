package record

import "time"

// Known is what a login told of a user: that they are at an address, or have a
// session. Address, session, user and agent are hashes whose seed is stored with them, and
// are forgotten after [KnownFor].
type Known struct {
	// Place is the number of the detector's part that keeps the key.
	Place uint8
	// Key is that of the address or of the session.
	Key uint64
	// User is who logged in at the address; 0 for a session.
	User uint64
	// Agent is the user agent that they had; 0 for a session.
	Agent uint64
	// At is when they were last there.
	At time.Time
}

// KnownFor is how long a login tells anything.
const KnownFor = 24 * time.Hour

// Learned is something that the abuse detection learned about the application, as it
// is stored. Its value is opaque to the store; a nil value deletes.
type Learned struct {
	Name, Value []byte
}
