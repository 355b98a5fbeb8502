package learned

import (
	"maps"
	"sync"
	"sync/atomic"
)

// maxLogins is the number of login paths.
const maxLogins = 64

// login is a path at which somebody logged in.
type login struct {
	key         uint64
	text        string
	cut         bool
	first, last uint32 // hours
	used        uint64

	changed bool
	stored  bool // it was taken to be stored
}

// logins are the paths at which people log in.
type logins struct {
	mu    sync.Mutex
	paths map[uint64]*login
	clock uint64
	gone  []uint64
	// found has their keys. It is replaced, never changed.
	found atomic.Pointer[map[uint64]bool]
}

func (l *logins) is(key uint64) bool {
	found := l.found.Load()
	return found != nil && (*found)[key]
}

// any reports whether there is a login path.
func (l *logins) any() bool {
	found := l.found.Load()
	return found != nil && len(*found) > 0
}

// add adds a login at a path.
func (l *logins) add(key uint64, text []byte, hour uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.paths[key]
	if p == nil {
		p = &login{key: key, text: string(text[:min(len(text), maxText)]), cut: len(text) > maxText, first: hour}
		l.put(p)
	}
	l.clock++
	p.used = l.clock
	p.first = min(p.first, hour)
	if hour > p.last {
		p.last, p.changed = hour, true
	}
}

// put adds a path; if there are too many, the one that was used the longest time ago
// goes.
func (l *logins) put(p *login) {
	found := map[uint64]bool{p.key: true}
	if old := l.found.Load(); old != nil {
		maps.Copy(found, *old)
	}
	if len(l.paths) >= maxLogins {
		var victim *login
		for _, q := range l.paths {
			if victim == nil || q.used < victim.used {
				victim = q
			}
		}
		l.remove(victim, found)
	}
	l.paths[p.key] = p
	l.found.Store(&found)
}

func (l *logins) remove(p *login, found map[uint64]bool) {
	delete(l.paths, p.key)
	delete(found, p.key)
	if p.stored {
		l.gone = append(l.gone, p.key)
	}
}

// age forgets what was not seen for too long.
func (l *logins) age(hour uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.paths) == 0 {
		return
	}
	found := maps.Clone(*l.found.Load())
	for _, p := range l.paths {
		if expired(p.last, hour) {
			l.remove(p, found)
		}
	}
	l.found.Store(&found)
}

// restore adds a stored path. It is new to the store if its key changed.
func (l *logins) restore(stored *login, isNew bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.paths[stored.key]; p != nil {
		p.first, p.last = min(p.first, stored.first), max(p.last, stored.last)
		return
	}
	l.clock++
	stored.used, stored.stored, stored.changed = l.clock, !isNew, isNew
	l.put(stored)
}

func (p *login) encode() []byte {
	b := newEncoder()
	b.text(p.text)
	b.flag(p.cut)
	b.number(uint64(p.first))
	b.number(uint64(p.last))
	return b
}

func decodeLogin(key uint64, value []byte) (*login, error) {
	d := newDecoder(value)
	p := &login{key: key, text: d.text(maxText), cut: d.flag(), first: d.hour(), last: d.hour()}
	if err := d.end(); err != nil {
		return nil, err
	}
	if p.first > p.last || p.text == "" {
		return nil, errRecord
	}
	return p, nil
}
