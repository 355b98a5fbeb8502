package abuse

import (
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Overflow is a rule that was broken.
type Overflow struct {
	Rule string
	// Subject is flagged for it.
	Subject record.FlagSubject
	// IP sent the last request, and Prefix is the prefix that was counted. Both are
	// zero for an account or the instance.
	IP     netip.Addr
	Prefix netip.Prefix
	// Scope is the kind of client in the prefix that was counted: "agent",
	// "session", or "" for the whole prefix.
	Scope string
	// First is the time of the first request that was counted, At that of the
	// overflow, and Count the number of requests.
	First, At time.Time
	Count     int
	// Action is what a gate that enforces does.
	Action Action
}

// finding is an overflow and what is needed to act on it.
type finding struct {
	Overflow
	// key is the identity to be sanctioned, 0 for none. Its sanction is kept in the
	// shard at place.
	key   uint64
	place uint8
	// path is the hash of the only path to be throttled, 0 for all.
	path uint64
	// mayBan means that a client that goes on is banned in the end; step is how
	// strict its throttle is.
	mayBan bool
	step   int
	// tool means that a ban holds for the tools at the address only: a script that
	// waits for something is refused, and not the people beside it.
	tool bool
	// intent is the set of rules for whose requests the address is refused, because it
	// is not banned as a whole.
	intent uint64
	// caused means that a page may have caused the requests: then nobody is banned.
	caused   bool
	evidence []record.Evidence
}

// aim sets the identity to be sanctioned.
func (f *finding) aim(scope string, key uint64, place uint8) {
	f.Scope, f.key, f.place = scope, key, place
}
