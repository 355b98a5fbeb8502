package learned

import (
	"maps"
	"sync"
	"sync/atomic"
)

const (
	// enoughTargets is the number of targets that no template knows, below different
	// first segments, from which on their common answer is a catch-all.
	enoughTargets = 8
	// minPage is the size of the smallest page that is taken for one; below are
	// pixels, empty lists and "ok".
	minPage = 64
	// answerSets and answersInSet bound the answers that are compared.
	answerSets   = 32
	answersInSet = 8
)

// answer is a status and a size with which unknown targets were answered.
type answer struct {
	key         uint64
	status      int
	bytes       int64
	first, last uint32 // hours
	used        uint64
	n           uint8
	folders     [enoughTargets]uint32
	targets     [enoughTargets]uint32

	changed bool
	stored  bool // it was taken to be stored
}

// catchAlls finds the page with which an application answers everything.
type catchAlls struct {
	mu    sync.Mutex
	sets  [answerSets][answersInSet]answer
	clock uint64
	gone  []uint64
	// found has the keys of catch-alls. It is replaced, never changed.
	found atomic.Pointer[map[uint64]bool]
}

// isPage reports whether an answer may be that of a catch-all. Redirects to one
// place for good are moved pages, and all empty answers are alike.
func isPage(status int, bytes int64) bool {
	switch status {
	case 200:
		return bytes >= minPage
	case 302, 303, 307:
		return bytes > 0
	}
	return false
}

func answerKey(status int, bytes int64) uint64 {
	h := (uint64(bytes)<<10 ^ uint64(status)) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// is reports whether an answer is a catch-all.
func (c *catchAlls) is(key uint64) bool {
	found := c.found.Load()
	return found != nil && (*found)[key]
}

// add adds a target that no template knows.
func (c *catchAlls) add(status int, bytes int64, folder, target uint64, hour uint32) {
	key := answerKey(status, bytes)
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.place(key)
	c.clock++
	a.used = c.clock
	if a.key != key {
		c.remove(a)
		*a = answer{key: key, status: status, bytes: bytes, first: hour, used: c.clock}
	}
	if hour > a.last {
		a.last, a.changed = hour, a.n == enoughTargets
	}
	for _, f := range a.folders[:a.n] {
		if f == uint32(folder) {
			return
		}
	}
	if a.n == enoughTargets {
		return
	}
	a.folders[a.n], a.targets[a.n] = uint32(folder), uint32(target)
	if a.n++; a.n == enoughTargets {
		a.changed = true
		c.publish(key, true)
	}
}

// place returns the place of an answer, or the one of its set that has the fewest
// targets, of these the one that was used the longest time ago.
func (c *catchAlls) place(key uint64) *answer {
	set := &c.sets[key%answerSets]
	victim := &set[0]
	for i := range set {
		a := &set[i]
		if a.key == key {
			return a
		}
		if a.n < victim.n || a.n == victim.n && a.used < victim.used {
			victim = a
		}
	}
	return victim
}

// remove empties a place.
func (c *catchAlls) remove(a *answer) {
	if a.n == enoughTargets {
		c.lost(a)
	}
	*a = answer{}
}

// lost is called for a catch-all that is about to be none.
func (c *catchAlls) lost(a *answer) {
	if a.stored {
		c.gone = append(c.gone, a.key)
	}
	a.stored, a.changed = false, false
	c.publish(a.key, false)
}

// learned takes away a target that turned out to be the application's own. So an
// application whose pages have one size by chance has no catch-all for long.
func (c *catchAlls) learned(target uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for s := range c.sets {
		for i := range c.sets[s] {
			a := &c.sets[s][i]
			for j := range int(a.n) {
				if a.targets[j] != uint32(target) {
					continue
				}
				if a.n == enoughTargets {
					c.lost(a)
				}
				a.n--
				a.targets[j], a.folders[j] = a.targets[a.n], a.folders[a.n]
				break
			}
		}
	}
}

// age forgets what was not seen for too long.
func (c *catchAlls) age(hour uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for s := range c.sets {
		for i := range c.sets[s] {
			if a := &c.sets[s][i]; a.n > 0 && expired(a.last, hour) {
				c.remove(a)
			}
		}
	}
}

// publish adds a catch-all to those found, or takes it away.
func (c *catchAlls) publish(key uint64, is bool) {
	found := map[uint64]bool{}
	if old := c.found.Load(); old != nil {
		found = maps.Clone(*old)
	}
	if delete(found, key); is {
		found[key] = true
	}
	c.found.Store(&found)
}

// each calls yield for each catch-all.
func (c *catchAlls) each(yield func(*answer)) {
	for s := range c.sets {
		for i := range c.sets[s] {
			if a := &c.sets[s][i]; a.n == enoughTargets {
				yield(a)
			}
		}
	}
}

// restore adds a stored catch-all.
func (c *catchAlls) restore(stored *answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.place(stored.key)
	if a.key == stored.key && a.n == enoughTargets {
		a.first, a.last = min(a.first, stored.first), max(a.last, stored.last)
		return
	}
	c.remove(a)
	c.clock++
	*a = *stored
	a.used, a.stored = c.clock, true
	c.publish(a.key, true)
}

func (a *answer) encode() []byte {
	b := newEncoder()
	b.number(uint64(a.status))
	b.number(uint64(a.bytes))
	b.number(uint64(a.first))
	b.number(uint64(a.last))
	for i := range a.n {
		b.number(uint64(a.folders[i]))
		b.number(uint64(a.targets[i]))
	}
	return b
}

func decodeAnswer(value []byte) (*answer, error) {
	d := newDecoder(value)
	a := &answer{status: int(d.number(999)), bytes: int64(d.number(1<<63 - 1)), first: d.hour(), last: d.hour(), n: enoughTargets}
	for i := range a.folders {
		a.folders[i], a.targets[i] = d.id(), d.id()
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	if !isPage(a.status, a.bytes) || a.first > a.last {
		return nil, errRecord
	}
	a.key = answerKey(a.status, a.bytes)
	return a, nil
}
