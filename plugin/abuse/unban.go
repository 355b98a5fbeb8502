package abuse

import (
	"net/netip"

	"github.com/gatebook/gatebook/plugin/abuse/ipset"
)

// unban ends the gate's sanctions of a prefix, and of the user agents and sessions in
// it. With clear it also ends those of all prefixes in it, and forgets what was
// counted for it.
func (d *Detector) unban(p netip.Prefix, clear bool) {
	loc := d.locate(p.Addr())
	key, counted := loc.keyOf(p)
	for i := range d.shards {
		s := &d.shards[i]
		s.mu.Lock()
		for key, of := range s.sanctions {
			if of.Prefix == p || clear && ipset.Within(of.Prefix, p) {
				delete(s.sanctions, key)
			}
		}
		if clear && counted {
			s.counters.Drop(key)
		}
		s.mu.Unlock()
	}
	if !clear {
		return
	}
	s := &d.shards[loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case p.Bits() == loc.levels[0].bits:
		if loc.addr.Is6() {
			s.groups.Remove(loc.keys[2], loc.keys[0])
		}
	case counted && key == loc.keys[2]:
		delete(s.groups, key)
	}
}
