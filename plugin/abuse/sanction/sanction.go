// Package sanction holds the bans and throttles that the gate imposes by itself:
// on whom, for how long, and what they mean for a request. Its tables have no
// locks; their user provides them.
package sanction

import (
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/bounded"
	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/record"
)

// Sanction is a ban or a throttle of an identity.
type Sanction struct {
	Verdict record.Verdict
	// Until is when it ends, in nanoseconds since 1970.
	Until int64
	// Rule led to it.
	Rule string
	// Prefix is that of the client, whichever identity is sanctioned.
	Prefix netip.Prefix
	// Intent is the set of rules for whose requests the sanction holds, 0 for all
	// requests.
	Intent uint64
	// paths are the hashes of the only paths that are throttled, none for all.
	paths [4]uint64
	// allowance is what a throttled client may still do. It begins empty, because
	// the client has just exceeded a limit.
	allowance counter.Bucket
	// step is the number of the limit of a throttle.
	step int
}

// New returns a sanction that began at a time.
func New(verdict record.Verdict, rule string, prefix netip.Prefix, since, until int64) *Sanction {
	return &Sanction{Verdict: verdict, Rule: rule, Prefix: prefix, Until: until, allowance: counter.Empty(since)}
}

// Holds reports whether the sanction has not ended.
func (s *Sanction) Holds(now int64) bool { return now < s.Until }

// SetStep sets how strict a throttle is, from 0 to [LastStep].
func (s *Sanction) SetStep(step int) { s.step = min(max(step, 0), LastStep) }

// LimitTo limits a new sanction to one path.
func (s *Sanction) LimitTo(path uint64) { s.paths[0] = path }

// Limited reports whether the sanction is limited to some paths.
func (s *Sanction) Limited() bool { return s.paths[0] != 0 }

// Has reports whether a path is among those that the sanction is limited to.
func (s *Sanction) Has(path uint64) bool {
	for _, p := range s.paths {
		if p == path {
			return true
		}
	}
	return false
}

// Take takes a request from the allowance of a throttle.
func (s *Sanction) Take(now int64) (ok bool, wait time.Duration) {
	return s.allowance.Take(steps[s.step], now, 1)
}

// join makes the sanction at least as strict as another one.
func (s *Sanction) join(other *Sanction) {
	s.Until, s.step = max(s.Until, other.Until), max(s.step, other.step)
	s.Intent |= other.Intent
	if other.Verdict == record.VerdictBan || s.Verdict == record.VerdictBan {
		s.Verdict, s.paths = record.VerdictBan, [4]uint64{}
		return
	}
	if !s.Limited() || !other.Limited() {
		s.paths = [4]uint64{}
		return
	}
	s.addPath(other.paths[0])
}

// addPath adds a path. When there are too many, the sanction holds for all.
func (s *Sanction) addPath(path uint64) {
	for i, p := range s.paths {
		if p == path {
			return
		}
		if p == 0 {
			s.paths[i] = path
			return
		}
	}
	s.paths = [4]uint64{}
}

// Table holds sanctions by the keys of identities.
type Table map[uint64]*Sanction

// maxSanctions bounds a table.
const maxSanctions = 1024

// Impose adds a sanction, or makes the present one at least as strict. It returns
// the one that holds now.
func (t Table) Impose(key uint64, s *Sanction, now int64) *Sanction {
	old := t[key]
	if old == nil || !old.Holds(now) {
		bounded.MakeRoom(t, maxSanctions, func(s *Sanction) int64 { return s.Until })
		t[key] = s
		return s
	}
	old.join(s)
	return old
}

// Extend extends a throttle that is limited to some paths to one more path.
func (t Table) Extend(key, path uint64, now int64) {
	if s, ok := t[key]; ok && s.Holds(now) && s.Limited() {
		s.addPath(path)
	}
}
