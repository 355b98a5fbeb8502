package learned

import "slices"

// table holds a bounded number of entries. What was learned takes up to seven
// eighths of it, so that there is always room for candidates, and candidates never
// push out what was learned. It has no lock.
type table struct {
	entries map[uint64]*entry
	limit   int
	ranks   [numberRanks]queue
	// changes are the keys of entries to be stored, gone those of records to be
	// deleted.
	changes, gone []uint64
}

func newTable(limit int) table {
	t := table{entries: map[uint64]*entry{}, limit: limit}
	for r := range t.ranks {
		t.ranks[r].only = map[uint32]uint16{}
	}
	return t
}

// add adds an entry that was just taught, by a teacher. Another one goes if there is
// no room.
func (t *table) add(e *entry, teacher uint32) {
	if len(t.entries) >= t.limit {
		t.remove(t.ranks[candidate].victim(teacher, nil))
	}
	t.entries[e.key] = e
	t.ranks[e.rank()].push(e)
	t.promoted(e, candidate, teacher)
}

// update teaches an entry.
func (t *table) update(e *entry, teacher uint32, teach func(*entry) (changed bool)) {
	before := e.rank()
	t.ranks[before].unlink(e)
	if teach(e) {
		t.change(e)
	}
	t.ranks[e.rank()].push(e)
	t.promoted(e, before, teacher)
}

// promoted is called after something was learned. If too much is, the least known
// goes, which may be the entry itself.
func (t *table) promoted(e *entry, before int, teacher uint32) {
	rank := e.rank()
	if before != candidate || rank == candidate || t.ranks[byOne].n+t.ranks[bySeveral].n <= t.limit-t.limit/8 {
		return
	}
	for r := byOne; r <= rank; r++ {
		if victim := t.ranks[r].victim(teacher, e); victim != nil {
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
	t.ranks[e.rank()].unlink(e)
	t.drop(e)
}

// drop forgets an entry that is in no queue.
func (t *table) drop(e *entry) {
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
	for r := range t.ranks {
		var next *entry
		for e := t.ranks[r].oldest; e != nil; e = next {
			next = e.newer
			if !e.isOld(hour) {
				continue
			}
			t.ranks[r].unlink(e)
			e.own.age(hour)
			e.broken.age(hour)
			if e.own.n+e.broken.n == 0 {
				t.drop(e)
				continue
			}
			t.change(e)
			t.ranks[e.rank()].push(e)
		}
	}
}

// restore adds a stored entry to what is there. It is new to the store if its key
// changed.
func (t *table) restore(stored *entry, isNew bool) {
	e := t.entries[stored.key]
	if e == nil {
		stored.stored = !isNew
		if isNew {
			t.change(stored)
		}
		t.add(stored, 0)
		return
	}
	e.stored = e.stored || !isNew
	t.update(e, 0, func(e *entry) bool {
		e.own.merge(&stored.own)
		e.broken.merge(&stored.broken)
		return isNew || e.own != stored.own || e.broken != stored.broken
	})
}
