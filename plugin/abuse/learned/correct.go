package learned

import (
	"cmp"
	"errors"
	"sync"
	"sync/atomic"
)

// Kind is a kind of what is learned.
type Kind uint8

const (
	// Own is a template that the application answers.
	Own Kind = iota + 1
	// Broken is a template that people ask for in vain.
	Broken
	// Writes is a parameter in which people write markup, SQL or templates.
	Writes
	// Login is a path at which people log in.
	Login
	// CatchAll is an answer that the application gives to everything.
	CatchAll
	numberKinds
)

var kindNames = [numberKinds]string{"", "own", "broken", "writes", "login", "catch-all"}

// String returns the name of a kind.
func (k Kind) String() string {
	if k >= numberKinds {
		return ""
	}
	return kindNames[k]
}

// ParseKind returns the kind with a name.
func ParseKind(name string) (Kind, bool) {
	for k := Own; k < numberKinds; k++ {
		if kindNames[k] == name {
			return k, true
		}
	}
	return 0, false
}

// Target is something that is learned, or that a person says.
type Target struct {
	Kind Kind
	// Key identifies it among those of its kind, as long as the seed stays the same.
	Key uint64
	// Text is how people read it.
	Text string
}

const (
	// maxCorrections is the number of corrections, and maxSource the length of their
	// source.
	maxCorrections = 2048
	maxSource      = 64
)

var (
	errTarget = errors.New("this cannot be corrected: the path is too long, or its method is not learned")
	errSource = errors.New("a correction needs a source of at most 64 bytes")
	errFull   = errors.New("there are 2048 corrections: undo some that are not needed any more")
)

// Correction is what a person says.
type Correction struct {
	Target
	// Yes is whether it is so.
	Yes bool
	// Source is what the correction is part of, as the id of a flag. A source says
	// one thing of a target.
	Source string
	// At is when it was said, in nanoseconds since 1970.
	At int64
}

// correctionKey identifies a correction.
type correctionKey struct {
	kind        Kind
	key, source uint64
}

// said is what persons say about one key: for each kind two bits.
type said uint16

const (
	saidYes said = 1
	saidNo  said = 2
)

func (s said) about(k Kind) said { return s >> (2 * k) & 3 }

// or returns what a person says about a kind, or what was learned if nobody does.
func (s said) or(k Kind, learned bool) bool {
	switch s.about(k) {
	case saidYes:
		return true
	case saidNo:
		return false
	}
	return learned
}

// corrections is what persons say. It does not age.
type corrections struct {
	hash hasher
	mu   sync.Mutex
	list map[correctionKey]Correction
	// changes and gone are for the store.
	changes, gone map[correctionKey]bool
	// said is replaced, never changed.
	said atomic.Pointer[map[uint64]said]
}

// of returns what is said about a key.
func (c *corrections) of(key uint64) said {
	all := c.said.Load()
	if all == nil {
		return 0
	}
	return (*all)[key]
}

func (c *corrections) keyOf(one *Correction) correctionKey {
	return correctionKey{one.Kind, one.Key, c.hash.text(one.Source)}
}

// add adds all corrections, or none and an error.
func (c *corrections) add(list []Correction) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	more := 0
	for i := range list {
		one := &list[i]
		if one.Kind == 0 || one.Kind >= numberKinds || one.Text == "" || len(one.Text) > maxTemplate {
			return errTarget
		}
		if one.Source == "" || len(one.Source) > maxSource {
			return errSource
		}
		if _, ok := c.list[c.keyOf(one)]; !ok {
			more++
		}
	}
	if len(c.list)+more > maxCorrections {
		return errFull
	}
	for _, one := range list {
		key := c.keyOf(&one)
		c.list[key] = one
		c.changes[key] = true
		delete(c.gone, key)
	}
	c.publish()
	return nil
}

// undo removes what a source said and returns how much that was.
func (c *corrections) undo(source string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.list {
		if c.list[key].Source == source {
			delete(c.list, key)
			delete(c.changes, key)
			c.gone[key] = true
			n++
		}
	}
	if n > 0 {
		c.publish()
	}
	return n
}

// restore adds a stored correction. It is new to the store if its key changed. One that
// is there already is newer.
func (c *corrections) restore(one Correction, isNew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := c.keyOf(&one)
	if _, ok := c.list[key]; ok || c.gone[key] || len(c.list) >= maxCorrections {
		return
	}
	c.list[key] = one
	if isNew {
		c.changes[key] = true
	}
}

// published makes restored corrections hold.
func (c *corrections) published() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.publish()
}

// publish computes what holds: of several sources the one that said it last.
func (c *corrections) publish() {
	last := map[correctionKey]Correction{}
	for key, one := range c.list {
		key.source = 0
		if before, ok := last[key]; !ok || cmp.Or(cmp.Compare(one.At, before.At), cmp.Compare(one.Source, before.Source)) > 0 {
			last[key] = one
		}
	}
	all := make(map[uint64]said, len(last))
	for key, one := range last {
		bits := saidNo
		if one.Yes {
			bits = saidYes
		}
		all[key.key] |= bits << (2 * key.kind)
	}
	c.said.Store(&all)
}

// sources returns who says something about a target, the last first, and whether it
// is so.
func (c *corrections) sources() map[Target][]Correction {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[Target][]Correction{}
	for _, one := range c.list {
		t := Target{Kind: one.Kind, Key: one.Key}
		all[t] = append(all[t], one)
	}
	return all
}

func (one *Correction) encode() []byte {
	b := newEncoder()
	b.number(uint64(one.Kind))
	b.number(one.Key)
	b.text(one.Text)
	b.flag(one.Yes)
	b.text(one.Source)
	b.number(uint64(max(one.At, 0)))
	return b
}

func decodeCorrection(value []byte) (one Correction, err error) {
	d := newDecoder(value)
	one.Kind = Kind(d.number(uint64(numberKinds - 1)))
	one.Key = d.number(1<<64 - 1)
	one.Text, one.Yes, one.Source = d.text(maxTemplate), d.flag(), d.text(maxSource)
	one.At = int64(d.number(1<<63 - 1))
	if err := d.end(); err != nil {
		return one, err
	}
	if one.Kind == 0 || one.Text == "" || one.Source == "" {
		return one, errRecord
	}
	return one, nil
}

// any reports whether anybody said anything.
func (c *corrections) any() bool {
	all := c.said.Load()
	return all != nil && len(*all) > 0
}
