package abuse

import (
	"time"

	"github.com/gatebook/gatebook/record"
)

// StateOf is how the gate stands to who sends a request: the strictest that holds
// for their address, user agent or session at now, else what became of their
// address's flag. It is "" for who has none, and for those whom another behind the
// same address got flagged alone.
func (d *Detector) StateOf(c Client, now time.Time) record.FlagState {
	if !c.Addr.IsValid() {
		return ""
	}
	id, t, decisions := d.locate(c.Addr), now.UnixNano(), d.decided.Load()
	if decisions.allows(id.addr, t) {
		return record.FlagAllowed
	}
	if d.free.has(id.addr) {
		return ""
	}
	if decisions.find(id.addr, t, record.DecideBan) != nil {
		return record.FlagBanned
	}
	held := d.heldUp(&id, c, t)
	if held == record.VerdictBan {
		return record.FlagBanned
	}
	if held == record.VerdictThrottle || decisions.find(id.addr, t, record.DecideThrottle) != nil {
		return record.FlagThrottled
	}
	return d.flags.stateOf(&id)
}

// stateOf is what an address's case says where nothing holds.
func (f *flags) stateOf(id *netID) record.FlagState {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.cases[record.FlagSubject{Kind: record.AddressSubject, Value: id.prefix(0).String()}]
	switch {
	case c == nil || c.Scope != "":
		return ""
	case c.State == record.FlagCleared:
		return record.FlagCleared
	}
	return record.FlagObserved
}
