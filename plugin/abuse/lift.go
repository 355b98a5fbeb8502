package abuse

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/record"
)

// lift ends what the gate chose about a prefix, user agents and sessions included,
// since a person knows better; and about all that is in it, if it is to be free.
func (d *Detector) lift(p netip.Prefix, free bool) {
	id := d.locate(p.Addr())
	key, counted := d.keyOf(&id, p)
	for i := range d.shards {
		s := &d.shards[i]
		s.mu.Lock()
		for key, st := range s.standing {
			if st.prefix == p || free && within(st.prefix, p) {
				delete(s.standing, key)
			}
		}
		if i, ok := s.index[key]; ok && free && counted {
			s.dropCounts(&s.sources[i])
		}
		s.mu.Unlock()
	}
	if !free {
		return
	}
	id.shard.mu.Lock()
	defer id.shard.mu.Unlock()
	switch {
	case p.Bits() == id.levels[0].bits:
		id.shard.dropSibling(&id)
	case counted && key == id.keys[2]:
		delete(id.shard.siblings, key)
	}
}

// within reports whether a prefix is one of those in another.
func within(p, wide netip.Prefix) bool { return p.Bits() >= wide.Bits() && wide.Contains(p.Addr()) }

// showLifted shows that what the gate chose about the addresses in a range is over.
func (f *flags) showLifted(s record.FlagSubject, now time.Time) {
	wide, err := netip.ParsePrefix(s.Value)
	if err != nil {
		return
	}
	for subject, c := range f.cases {
		if subject == s || subject.Kind != record.AddressSubject {
			continue
		}
		p, err := netip.ParsePrefix(subject.Value)
		_, lasts := c.Lasting(now)
		if err == nil && within(p, wide) && !lasts && c.Holds(now) {
			c.State, c.Scope, c.Since, c.Until = record.FlagCleared, "", now.UTC(), time.Time{}
			f.touch(c, now)
		}
	}
}

// overruled is why clearing an address would change nothing: it has no decision of
// its own, and one about a range that it is in goes on.
func (d *Detector) overruled(s record.FlagSubject, kind record.DecisionKind, now time.Time) error {
	if kind.State() != record.FlagCleared {
		return nil
	}
	p, decisions := netip.MustParsePrefix(s.Value), d.decided.Load()
	if own := decisions.of[p]; own != nil && own.holds(now.UnixNano()) {
		return nil
	}
	for wide, one := range decisions.of {
		if one.holds(now.UnixNano()) && one.kind != record.DecideAllow && wide != p && within(p, wide) {
			return fmt.Errorf("a %s of %s goes on, which %s is in: clear that, or allow %s", one.kind, wide, p, p)
		}
	}
	return nil
}
