package learned

import (
	"cmp"
	"slices"
)

// table holds a bounded number of entries. What was learned takes up to seven
// eighths of it, so that there is always room for candidates, and candidates never
// push out what was learned. It has no lock.
type table struct {
	entries map[uint64]*entry
	limit   int
	learned int    // the number of entries above [candidate]
	clock   uint64 // the number of times that it was taught
	// changes are the keys of entries to be stored, gone those of records to be
	// deleted.
	changes, gone []uint64
}

func newTable(limit int) table { return table{entries: map[uint64]*entry{}, limit: limit} }

// new adds an entry, which the caller teaches next. Another one goes if there is no
// room: of the teacher, if most candidates are theirs.
func (t *table) new(key uint64, teacher uint32) *entry {
	if len(t.entries) >= t.limit {
		t.remove(t.victim(candidate, teacher, nil))
	}
	e := &entry{key: key}
	t.entries[key] = e
	return e
}

// victim returns the entry of a rank that was not taught for the longest time: of a
// teacher, if more than half of that rank are only theirs.
func (t *table) victim(rank int, teacher uint32, except *entry) *entry {
	var oldest, theirs *entry
	n, nTheirs := 0, 0
	for _, e := range t.entries {
		if e == except || e.rank() != rank {
			continue
		}
		n++
		if oldest == nil || e.used < oldest.used {
			oldest = e
		}
		if teacher != 0 && e.teacher() == teacher {
			nTheirs++
			if theirs == nil || e.used < theirs.used {
				theirs = e
			}
		}
	}
	if 2*nTheirs > n {
		return theirs
	}
	return oldest
}

// taught is called after an entry was taught by a teacher, with its rank before. If
// too much was learned, the least known goes, which may be the entry itself.
func (t *table) taught(e *entry, before int, changed bool, teacher uint32) {
	t.clock++
	e.used = t.clock
	if changed {
		t.change(e)
	}
	rank := e.rank()
	if before != candidate || rank == candidate {
		return
	}
	t.learned++
	if t.learned <= t.limit-t.limit/8 {
		return
	}
	for r := byOne; r <= rank; r++ {
		if victim := t.victim(r, teacher, e); victim != nil {
			t.remove(victim)
			return
		}
	}
	t.remove(e)
}

// change notes that an entry is to be stored.
func (t *table) change(e *entry) {
	if !e.changed {
		e.changed = true
		t.changes = append(t.changes, e.key)
	}
}

func (t *table) remove(e *entry) {
	if e.rank() != candidate {
		t.learned--
	}
	if e.stored {
		t.gone = append(t.gone, e.key)
	}
	if e.changed {
		i := slices.Index(t.changes, e.key)
		t.changes = slices.Delete(t.changes, i, i+1)
	}
	delete(t.entries, e.key)
}

// age forgets what was not seen for too long.
func (t *table) age(hour uint32) {
	for _, e := range t.sorted() {
		before := e.rank()
		own, broken := e.own.age(hour), e.broken.age(hour)
		if before != candidate && e.rank() == candidate {
			t.learned--
		}
		switch {
		case e.own.n+e.broken.n == 0:
			t.remove(e)
		case own || broken:
			t.change(e)
		}
	}
}

// restore adds a stored entry to what is there. It is new to the store if its key
// changed.
func (t *table) restore(stored *entry, isNew bool) {
	e, before, changed := t.entries[stored.key], candidate, false
	if e == nil {
		e = t.new(stored.key, 0)
		e.parent, e.text, e.cut, e.own, e.broken = stored.parent, stored.text, stored.cut, stored.own, stored.broken
	} else {
		before = e.rank()
		changed = e.own.merge(&stored.own)
		changed = e.broken.merge(&stored.broken) || changed
		changed = changed || e.own != stored.own || e.broken != stored.broken
	}
	e.stored = e.stored || !isNew
	t.taught(e, before, changed || isNew, 0)
}

// sorted returns the entries by key.
func (t *table) sorted() []*entry {
	list := make([]*entry, 0, len(t.entries))
	for _, e := range t.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *entry) int { return cmp.Compare(a.key, b.key) })
	return list
}
