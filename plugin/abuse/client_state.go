package abuse

import (
	"time"

	"github.com/gatebook/gatebook/record"
)

// StateOf returns the state of a client: the strictest sanction of its address, user
// agent or session at now, else the state of the flag of its address. It is "" for a
// client without either, and for one behind whose address only another client was
// flagged.
func (d *Detector) StateOf(c Client, now time.Time) record.FlagState {
	if !c.Addr.IsValid() {
		return ""
	}
	loc, t, decisions := d.locate(c.Addr), now.UnixNano(), d.decisions.Load()
	if decisions.allows(loc.addr, t) {
		return record.FlagAllowed
	}
	if d.allowed.listed.Has(loc.addr) {
		return ""
	}
	if decisions.find(loc.addr, t, record.DecideBan) != nil {
		return record.FlagBanned
	}
	verdict := d.strictest(&loc, &c, t)
	if verdict == record.VerdictBan {
		return record.FlagBanned
	}
	if verdict == record.VerdictThrottle || decisions.find(loc.addr, t, record.DecideThrottle) != nil {
		return record.FlagThrottled
	}
	return d.flags.Review(record.FlagSubject{Kind: record.AddressSubject, Value: loc.prefix(0).String()})
}

// strictest returns the strictest sanction of a client.
func (d *Detector) strictest(loc *location, c *Client, now int64) record.Verdict {
	agent := d.text(c.UserAgent)
	of := d.sessionOf(c.Session, now)
	s := &d.shards[loc.place]
	s.mu.Lock()
	keys, n := s.sanctionable(loc, agent, of.confirmed, d.isTool(c.UserAgent, agent), c.Caused, now)
	verdict := d.strictestOf(s, c.Method, c.Path, now, keys[:n]...)
	s.mu.Unlock()
	if c.Session == 0 || verdict == record.VerdictBan {
		return verdict
	}
	s = d.shardOf(of.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if own := d.strictestOf(s, c.Method, c.Path, now, of.key); own != record.VerdictPass {
		return own
	}
	return verdict
}

// strictestOf returns the strictest sanction of these identities. Their shard is
// locked.
func (d *Detector) strictestOf(s *shard, method, path string, now int64, keys ...uint64) record.Verdict {
	verdict := record.VerdictPass
	for _, key := range keys {
		of, ok := s.sanctions[key]
		if ok && of.Holds(now) && verdict != record.VerdictBan && d.covers(of, method, path) {
			verdict = of.Verdict
		}
	}
	return verdict
}
