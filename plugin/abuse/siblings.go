package abuse

// siblings are the /64 prefixes of a /48 that were flagged.
type siblings struct {
	keys [3]uint64
	last int64
	done bool
}

// escalate widens a hit to the /48, which is throttled, when three of its /64 were
// flagged as a whole.
func (d *Detector) escalate(h *hit) (wider hit, ok bool) {
	if h.Action < Throttle || !h.IP.Is6() || h.Prefix.Bits() != 64 {
		return hit{}, false
	}
	id := d.locate(h.IP)
	if h.key != id.keys[0] || h.path != 0 {
		return hit{}, false
	}
	s := id.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	key, t := id.keys[2], h.At.UnixNano()
	sib := s.siblings[key]
	if sib == nil || t-sib.last > userDay {
		makeRoom(s.siblings, maxSiblings, func(s *siblings) int64 { return s.last })
		sib = new(siblings)
		s.siblings[key] = sib
	}
	sib.last = t
	for i, k := range sib.keys {
		if k == id.keys[0] {
			return hit{}, false
		}
		if k == 0 {
			sib.keys[i] = id.keys[0]
			break
		}
	}
	if sib.keys[2] == 0 || sib.done {
		return hit{}, false
	}
	sib.done = true
	wider = *h
	wider.Prefix = id.prefix(2)
	wider.Subject.Value = wider.Prefix.String()
	wider.Action, wider.Scope, wider.key, wider.at = Throttle, "", key, s
	return wider, true
}

// dropSibling takes a /64 off the list of those that were flagged in its /48.
func (s *shard) dropSibling(id *netID) {
	sib := s.siblings[id.keys[2]]
	if sib == nil || !id.addr.Is6() {
		return
	}
	for i, k := range sib.keys {
		if k == id.keys[0] {
			copy(sib.keys[i:], sib.keys[i+1:])
			sib.keys[len(sib.keys)-1], sib.done = 0, false
			return
		}
	}
}
