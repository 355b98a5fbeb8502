package learned

import "time"

const (
	// enough is the number of teachers from which on something is learned.
	enough = 3
	// lifetime is how long something is remembered that is not seen again, in hours.
	lifetime = 30 * 24
)

// Teacher is a client of good standing whose requests teach.
type Teacher struct {
	// Client is a hash of who asks; the account if Confirmed.
	Client uint64
	// Subnet is a hash of the client's IPv4 /24 or IPv6 /48.
	Subnet uint64
	// Confirmed means that a login confirmed the account. Each account is a teacher;
	// of all other clients of one subnet there is only one.
	Confirmed bool
	// Old means that the account is known for a while: a fresh one is easily made.
	Old bool
	// Suspect means that the request looks like an attack, as proof or a secret at
	// the root. It teaches nothing, whoever sends it.
	Suspect bool
}

// identity is a teacher as it is remembered.
type identity struct{ id, subnet uint32 }

func (t *Teacher) identity() identity {
	if !t.Confirmed {
		return t.network()
	}
	return identity{fold(t.Client ^ 0x9e3779b97f4a7c15), fold(t.Subnet)}
}

// network is the identity of whoever asks from the teacher's subnet.
func (t *Teacher) network() identity {
	subnet := fold(t.Subnet)
	return identity{subnet, subnet}
}

func fold(h uint64) uint32 { return uint32(h>>32) ^ uint32(h) }

// evidence is what teachers saw. Its zero value is that nobody saw anything.
type evidence struct {
	who [enough]identity
	n   uint8
	// alone means that one of them is enough.
	alone bool
	// first and last are when it was seen first and last, in hours since 1970.
	first, last uint32
}

// learned reports whether the evidence is enough.
func (e *evidence) learned() bool { return e.n >= enough || e.alone }

// teach adds a teacher and reports whether the evidence changed. A time is an hour,
// so that what is seen all the time changes once an hour.
func (e *evidence) teach(t identity, alone bool, hour uint32) (changed bool) {
	changed = e.add(t)
	if alone && !e.alone {
		e.alone, changed = true, true
	}
	return e.seen(hour, hour) || changed
}

// add adds a teacher. The order in which teachers come does not matter: an account
// takes the place of the unknown client of its subnet, which was probably the same
// person before the login.
func (e *evidence) add(t identity) bool {
	seen := e.who[:e.n]
	for i := range seen {
		if seen[i].id == t.id || t.id == t.subnet && seen[i].subnet == t.subnet {
			return false
		}
	}
	for i := range seen {
		if seen[i].subnet == t.subnet && seen[i].id == seen[i].subnet {
			seen[i] = t
			return true
		}
	}
	if e.n == enough {
		return e.widen(t)
	}
	e.who[e.n] = t
	e.n++
	return true
}

// widen has a teacher of another subnet take the place of one of two from the same.
func (e *evidence) widen(t identity) bool {
	for i := range e.who {
		if e.who[i].subnet == t.subnet {
			return false
		}
	}
	i := e.twin()
	if i < 0 {
		return false
	}
	e.who[i] = t
	return true
}

// wide reports whether the teachers are enough, and of different subnets.
func (e *evidence) wide() bool { return e.n == enough && e.twin() < 0 }

// twin returns a teacher whose subnet another one has too, or -1.
func (e *evidence) twin() int {
	for i := range e.who[:e.n] {
		for j := range i {
			if e.who[i].subnet == e.who[j].subnet {
				return i
			}
		}
	}
	return -1
}

// seen extends the time in which it was seen.
func (e *evidence) seen(first, last uint32) (changed bool) {
	if e.first == 0 || first < e.first {
		e.first, changed = first, true
	}
	if last > e.last {
		e.last, changed = last, true
	}
	return changed
}

// merge adds other evidence.
func (e *evidence) merge(o *evidence) {
	for _, t := range o.who[:o.n] {
		e.add(t)
	}
	e.alone = e.alone || o.alone
	if o.last != 0 {
		e.seen(o.first, o.last)
	}
}

// age forgets what was not seen for too long.
func (e *evidence) age(hour uint32) (changed bool) {
	if e.last != 0 && expired(e.last, hour) {
		*e = evidence{}
		return true
	}
	return false
}

func expired(last, hour uint32) bool { return hour > last && hour-last > lifetime }

// hourOf returns the hour of a time in nanoseconds since 1970. It is never 0.
func hourOf(now int64) uint32 {
	return uint32(min(max(now/int64(time.Hour), 1), 1<<31))
}

// timeOf returns when an hour began.
func timeOf(hour uint32) time.Time { return time.Unix(int64(hour)*3600, 0).UTC() }
