package flags

import (
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Take returns the flags that changed since the last call, in the order of their
// changes. Their evidence is what is new: the registry keeps none, and the caller
// adds it to what is stored.
func (r *Registry) Take() []record.Flag {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []record.Flag
	for _, f := range r.changed {
		list = append(list, f.copy())
		f.changed, f.Evidence = false, nil
	}
	r.changed, r.waiting = nil, 0
	return list
}

// Return takes back flags that could not be stored.
func (r *Registry) Return(list []record.Flag, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range list {
		f := r.flags[list[i].Subject]
		if f == nil { // dropped meanwhile
			f = r.flag(list[i].Subject, now)
			f.Flag, f.unmerged = list[i], false
		} else if r.waiting < maxWaiting {
			f.Evidence = append(list[i].Evidence, f.Evidence...)
		}
		r.waiting += len(list[i].Evidence)
		r.touch(f, f.last)
	}
}

// Merge is for a flag that is about to be stored. It adds what was stored before,
// nil for nothing, and reports whether the flag differs now from the one that
// [Registry.Take] returned. The flag has no evidence.
func (r *Registry) Merge(s record.FlagSubject, stored *record.Flag, now time.Time) (record.Flag, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.flags[s]
	if f == nil || !f.unmerged {
		return record.Flag{}, false
	}
	if f.unmerged = false; stored == nil {
		return record.Flag{}, false
	}
	f.merge(stored, now)
	c := f.copy()
	c.Evidence = nil
	return c, true
}

// Restore adds a stored flag, without its evidence. It reports false if the flag
// in memory was compared with the store already: then that one stays.
func (r *Registry) Restore(stored *record.Flag, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.flags[stored.Subject]; f != nil && !f.unmerged {
		return false
	}
	r.flag(stored.Subject, now).merge(stored, now)
	return true
}

// Forget removes the flags that match, also from those that wait to be stored. It
// returns their number.
func (r *Registry) Forget(match func(*record.Flag) bool) int {
	return r.forget(func(f *flag) bool { return match(&f.Flag) })
}

// ForgetStored removes the flags that match and do not wait to be stored.
func (r *Registry) ForgetStored(match func(*record.Flag) bool) {
	r.forget(func(f *flag) bool { return !f.changed && match(&f.Flag) })
}

func (r *Registry) forget(match func(*flag) bool) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for subject, f := range r.flags {
		if match(f) {
			delete(r.flags, subject)
			n++
		}
	}
	r.changed = slices.DeleteFunc(r.changed, match)
	return n
}
