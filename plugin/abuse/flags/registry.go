package flags

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/ipset"
	"github.com/gatebook/gatebook/record"
)

const (
	// maxFlags is how many flags are in memory; the others are in the store.
	maxFlags = 8192
	// maxWaiting bounds the evidence that waits to be stored.
	maxWaiting = 2048
)

// Registry holds the flags in memory. It may be used concurrently. Flags change
// when a rule overflows or a person decides, which is rare, so it has one lock.
type Registry struct {
	mu    sync.Mutex
	flags map[record.FlagSubject]*flag
	// changed are the flags that wait to be stored, in the order of their changes.
	changed []*flag
	// waiting is the number of requests of evidence that wait to be stored.
	waiting int
	// throttled and banned count the requests that the gate refused.
	throttled, banned atomic.Uint64
}

// Init makes an empty registry.
func (r *Registry) Init() { r.flags = map[record.FlagSubject]*flag{} }

// Add adds an overflow to its subject's flag.
func (r *Registry) Add(o *Overflow, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.flag(o.Subject, now)
	f.addRule(&o.Rule)
	if o.Subject.Kind == record.InstanceSubject {
		f.addIncident(&o.Rule, r.refused())
	}
	room := min(maxEvidence-f.proofs, maxWaiting-r.waiting, len(o.Evidence))
	if room > 0 {
		f.Evidence = append(f.Evidence, o.Evidence[:room]...)
		f.proofs += room
		r.waiting += room
	}
	if o.Sanction != nil {
		f.sanction(o.Sanction, o.Rule.Rule, now)
	}
	r.touch(f, now)
}

// Decide applies a person's decision to a subject's flag and returns the flag. A
// decision that clears an address range ends the sanctions of the addresses in it.
func (r *Registry) Decide(s record.FlagSubject, d record.Decision, now time.Time) record.Flag {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d.Decision.State() == record.FlagCleared {
		r.clearWithin(s, now)
	}
	f := r.flag(s, now)
	f.decide(d)
	r.touch(f, now)
	return f.copy()
}

// clearWithin clears the flags of the addresses in a range, except those that a
// person decided on.
func (r *Registry) clearWithin(s record.FlagSubject, now time.Time) {
	wide, err := netip.ParsePrefix(s.Value)
	if err != nil {
		return
	}
	for subject, f := range r.flags {
		if subject == s || subject.Kind != record.AddressSubject {
			continue
		}
		p, err := netip.ParsePrefix(subject.Value)
		_, decided := f.Lasting(now)
		if err == nil && ipset.Within(p, wide) && !decided && f.Holds(now) {
			f.State, f.Scope, f.Since, f.Until = record.FlagCleared, "", now.UTC(), time.Time{}
			r.touch(f, now)
		}
	}
}

// Flag returns a subject's flag, without its evidence.
func (r *Registry) Flag(s record.FlagSubject) (record.Flag, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.flags[s]
	if f == nil {
		return record.Flag{}, false
	}
	c := f.copy()
	c.Evidence = nil
	return c, true
}

// Strikes returns the number of bans of a subject so far.
func (r *Registry) Strikes(s record.FlagSubject) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.flags[s]; f != nil {
		return f.Strikes
	}
	return 0
}

// Review returns the state of an address without sanctions: "" if it has no flag,
// or one that is about a single client behind it.
func (r *Registry) Review(s record.FlagSubject) record.FlagState {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.flags[s]
	switch {
	case f == nil || f.Scope != "":
		return ""
	case f.State == record.FlagCleared:
		return record.FlagCleared
	}
	return record.FlagObserved
}

// flag returns a subject's flag, which is made if there is none.
func (r *Registry) flag(s record.FlagSubject, now time.Time) *flag {
	f := r.flags[s]
	if f == nil {
		if len(r.flags) >= maxFlags {
			r.drop()
		}
		f = &flag{unmerged: true, Flag: record.Flag{ID: ID(s), Subject: s, State: record.FlagObserved, Review: record.ReviewNew, Since: now.UTC()}}
		r.flags[s] = f
	}
	return f
}

// drop removes an eighth of the flags from memory: first those without strikes and
// decisions, and among equals those that did not change for longest.
func (r *Registry) drop() {
	all := make([]*flag, 0, len(r.flags))
	for _, f := range r.flags {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *flag) int {
		return cmp.Or(a.worth()-b.worth(), a.last.Compare(b.last), cmp.Compare(a.ID, b.ID))
	})
	for _, f := range all[:len(all)/8] {
		delete(r.flags, f.Subject)
	}
}

// touch has a flag stored.
func (r *Registry) touch(f *flag, now time.Time) {
	f.last = now
	if !f.changed {
		f.changed = true
		r.changed = append(r.changed, f)
	}
	if len(r.changed) > maxFlags {
		// A person's decision must not be dropped: its caller waits for it to be
		// stored.
		i := max(0, slices.IndexFunc(r.changed, func(f *flag) bool { return len(f.Decisions)+len(f.Notes) == 0 }))
		r.changed[i].changed = false
		r.changed = slices.Delete(r.changed, i, i+1)
	}
}
