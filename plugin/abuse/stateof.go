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
	id, t, people := d.locate(c.Addr), now.UnixNano(), d.decided.Load()
	if people.allows(id.addr, t) {
		return record.FlagAllowed
	}
	if d.free.has(id.addr) {
		return ""
	}
	if people.find(id.addr, t, record.DecideBan) != nil {
		return record.FlagBanned
	}
	held := d.heldUp(&id, c, t)
	if held == record.VerdictBan {
		return record.FlagBanned
	}
	if held == record.VerdictThrottle || people.find(id.addr, t, record.DecideThrottle) != nil {
		return record.FlagThrottled
	}
	return d.flags.stateOf(&id)
}

// heldUp is the strictest standing to any of a client's identities.
func (d *Detector) heldUp(id *netID, c Client, now int64) record.Verdict {
	agent := d.hash(kindText, 0, c.UserAgent)
	keys := []uint64{id.keys[0], id.keys[1], id.keys[2], id.agentKey(agent)}
	s := id.shard
	s.mu.Lock()
	if s.isStranger(id.keys[0], agent) {
		keys = append(keys, id.strangersKey())
	}
	verdict := s.heldUp(now, keys...)
	s.mu.Unlock()
	if c.Session == 0 || verdict == record.VerdictBan {
		return verdict
	}
	key := d.sessionKey(c.Session)
	s = d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if own := s.heldUp(now, key); own != record.VerdictPass {
		return own
	}
	return verdict
}

func (s *shard) heldUp(now int64, keys ...uint64) record.Verdict {
	verdict := record.VerdictPass
	for _, key := range keys {
		if st, ok := s.standing[key]; ok && now < st.until && verdict != record.VerdictBan {
			verdict = st.verdict
		}
	}
	return verdict
}

// stateOf is what the cases about an address's prefixes say where nothing holds.
func (f *flags) stateOf(id *netID) record.FlagState {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range id.levels {
		c := f.cases[record.FlagSubject{Kind: record.AddressSubject, Value: id.prefix(i).String()}]
		switch {
		case c == nil || c.Scope != "":
		case c.State == record.FlagCleared:
			return record.FlagCleared
		default:
			return record.FlagObserved
		}
	}
	return ""
}
