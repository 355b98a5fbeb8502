package abuse

import (
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/record"
)

// A throttled client may do this much.
var throttled = limit{perSecond: 1, burst: 5}

// standing is how the gate stands to an identity, for a time.
type standing struct {
	verdict record.Verdict
	until   int64
	rule    string
	// prefix is that of the client, wherever the standing is kept.
	prefix netip.Prefix
	// paths are those that are throttled; none means all.
	paths [4]uint64
	// allowance is what a throttled client has left. It begins empty: the
	// client has just had more than it should.
	allowance bucket
}

// stands is what the gate's standing to an identity means for a request.
func (d *Detector) stands(s *shard, key uint64, path string, now int64) Verdict {
	st, ok := s.standing[key]
	if !ok || !d.enforce {
		return pass
	}
	if now >= st.until {
		delete(s.standing, key)
		return pass
	}
	if st.paths[0] != 0 && !st.hasPath(d.form(path)) {
		return pass
	}
	if st.verdict == record.VerdictThrottle {
		ok, wait := st.allowance.take(throttled, now, 1)
		if ok {
			return pass
		}
		return Verdict{st.verdict, wait, st.rule}
	}
	return Verdict{st.verdict, time.Duration(st.until - now), st.rule}
}

func (st *standing) hasPath(path uint64) bool {
	for _, p := range st.paths {
		if p == path {
			return true
		}
	}
	return false
}

// heldAs are the identities by which a client may be held up beside its session. To
// whoever's session is confirmed, and to an office, it is nothing what the neighbours
// did.
func (s *shard) heldAs(id *netID, agent uint64, confirmed bool, now int64) (keys [5]uint64, n int) {
	add := func(key uint64) { keys[n], n = key, n+1 }
	if !confirmed {
		add(id.agentKey(agent))
		if s.agentUnknown(id.keys[0], agent) {
			add(id.unknownAgentsKey())
		}
	}
	add(id.keys[0])
	if !confirmed && !s.isShared(id.keys[0], now) {
		for i := 1; i < len(id.levels); i++ {
			add(id.keys[i])
		}
	}
	return keys, n
}

// heldUp is the strictest standing that the gate has to a client.
func (d *Detector) heldUp(id *netID, c Client, now int64) record.Verdict {
	agent := d.hash(kindText, 0, c.UserAgent)
	confirmed, _ := d.sessionOf(c.Session, now)
	s := id.shard
	s.mu.Lock()
	keys, n := s.heldAs(id, agent, confirmed, now)
	verdict := d.strictest(s, c.Path, now, keys[:n]...)
	s.mu.Unlock()
	if c.Session == 0 || verdict == record.VerdictBan {
		return verdict
	}
	key := d.sessionKey(c.Session)
	s = d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if own := d.strictest(s, c.Path, now, key); own != record.VerdictPass {
		return own
	}
	return verdict
}

func (d *Detector) strictest(s *shard, path string, now int64, keys ...uint64) record.Verdict {
	verdict := record.VerdictPass
	for _, key := range keys {
		st, ok := s.standing[key]
		if ok && now < st.until && verdict != record.VerdictBan && (st.paths[0] == 0 || st.hasPath(d.form(path))) {
			verdict = st.verdict
		}
	}
	return verdict
}

// join makes a standing that holds already as strict as another one.
func (st *standing) join(other *standing) {
	st.until = max(st.until, other.until)
	if other.verdict == record.VerdictBan || st.verdict == record.VerdictBan {
		st.verdict, st.paths = record.VerdictBan, [4]uint64{}
		return
	}
	if st.paths[0] == 0 || other.paths[0] == 0 {
		st.paths = [4]uint64{}
		return
	}
	for i, p := range st.paths {
		if p == other.paths[0] {
			return
		}
		if p == 0 {
			st.paths[i] = other.paths[0]
			return
		}
	}
	st.paths = [4]uint64{} // who tries that many may be anywhere
}

// alsoAt holds up an identity at one more path where it is held up at some: the
// next door to the same room.
func (s *shard) alsoAt(key, path uint64, now int64) {
	st, ok := s.standing[key]
	if ok && now < st.until && st.paths[0] != 0 {
		st.join(&standing{verdict: st.verdict, until: st.until, paths: [4]uint64{path}})
	}
}
