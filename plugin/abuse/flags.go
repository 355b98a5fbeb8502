package abuse

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/gatebook/gatebook/record"
)

const (
	// maxFlags is how many cases are known at the same time; those forgotten
	// are still in the store.
	maxFlags = 8192
	// maxWaiting bounds the evidence that nobody has fetched yet.
	maxWaiting = 2048
)

// flags are the cases. They are changed when a rule overflows or a person
// decides, which is seldom, so that one lock does.
type flags struct {
	mu    sync.Mutex
	cases map[record.FlagSubject]*flagCase
	// changed are those that nobody has fetched yet, in order.
	changed []*flagCase
	waiting int
}

type flagCase struct {
	record.Flag
	// unmerged says that nobody has looked yet whether the store knows it.
	unmerged bool
	changed  bool
	proofs   int
	last     time.Time
}

func (f *flags) init() { f.cases = map[record.FlagSubject]*flagCase{} }

// FlagID is the id of a subject's flag.
func FlagID(s record.FlagSubject) string {
	sum := sha256.Sum256([]byte(string(s.Kind) + "\x00" + s.Value))
	return hex.EncodeToString(sum[:10])
}

// note adds an overflow to its subject's case, and how the gate stands to it
// now.
func (f *flags) note(h *hit, st *standing, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.of(h.Subject, now)
	c.addRule(&h.Overflow)
	room := min(maxEvidence-c.proofs, maxWaiting-f.waiting, len(h.evidence))
	if room > 0 {
		c.Evidence = append(c.Evidence, h.evidence[:room]...)
		c.proofs += room
		f.waiting += room
	}
	if st != nil {
		c.enforced(st, h.Scope, now)
	}
	f.touch(c, now)
}

// addRule counts an overflow.
func (c *flagCase) addRule(o *Overflow) {
	i := slices.IndexFunc(c.Rules, func(r record.FlagRule) bool { return r.Rule == o.Rule })
	if i < 0 {
		c.Rules = append(c.Rules, record.FlagRule{Rule: o.Rule, First: o.First})
		i = len(c.Rules) - 1
	}
	c.Rules[i].Count += o.Count
	c.Rules[i].Last = o.At
}

// enforced takes over how the gate stands to the subject.
func (c *flagCase) enforced(st *standing, scope string, now time.Time) {
	next := record.Flag{State: record.FlagThrottled, Scope: scope, Since: now.UTC(), Until: unix(st.until)}
	if st.verdict == record.VerdictBan {
		next.State = record.FlagBanned
		if c.State != record.FlagBanned || !c.Holds(now) {
			c.Strikes++
		}
	}
	if next.Scope == "" && st.paths[0] != 0 {
		next.Scope = record.ScopeForm
	}
	if c.Review == record.ReviewFalsePositive {
		c.Review = record.ReviewNew // it is no longer what somebody has looked at
	}
	c.take(&next, now)
}

// take takes another state over, unless the present one is stricter, or as strict
// and lasts longer.
func (c *flagCase) take(next *record.Flag, now time.Time) {
	had, has := strictness(&c.Flag, now), strictness(next, now)
	longer := !c.Until.IsZero() && (next.Until.IsZero() || next.Until.After(c.Until))
	if has > had || has == had && has > 0 && longer {
		c.State, c.Scope, c.Since, c.Until = next.State, next.Scope, next.Since, next.Until
	}
}

// strictness orders what a flag means now. What people allow is above all.
func strictness(f *record.Flag, now time.Time) int {
	switch {
	case !f.Holds(now):
		return 0
	case f.State == record.FlagAllowed:
		return 4
	case f.State == record.FlagBanned:
		return 3
	case f.Scope == "":
		return 2
	}
	return 1
}

// of is a subject's case, made if it is not there.
func (f *flags) of(s record.FlagSubject, now time.Time) *flagCase {
	c := f.cases[s]
	if c == nil {
		if len(f.cases) >= maxFlags {
			f.drop()
		}
		c = &flagCase{unmerged: true, Flag: record.Flag{ID: FlagID(s), Subject: s, State: record.FlagObserved, Review: record.ReviewNew, Since: now.UTC()}}
		f.cases[s] = c
	}
	return c
}

// drop forgets an eighth of the cases: first those without strikes and
// decisions, among them those that were quiet for longest.
func (f *flags) drop() {
	all := make([]*flagCase, 0, len(f.cases))
	for _, c := range f.cases {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *flagCase) int {
		if x, y := a.worth(), b.worth(); x != y {
			return x - y
		}
		if n := a.last.Compare(b.last); n != 0 {
			return n
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	for _, c := range all[:len(all)/8] {
		delete(f.cases, c.Subject)
	}
}

func (c *flagCase) worth() int {
	switch {
	case len(c.Decisions) > 0:
		return 2
	case c.Strikes > 0:
		return 1
	}
	return 0
}

func (f *flags) strikes(s record.FlagSubject) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.cases[s]; c != nil {
		return c.Strikes
	}
	return 0
}
