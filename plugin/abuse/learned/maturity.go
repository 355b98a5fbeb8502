package learned

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

const (
	// dayHours is how long ago the first teaching was if a day was seen, in hours. It
	// is less than 24, so that what began in the afternoon is known on the next
	// morning.
	dayHours = 16
	// busyHours is the number of different hours of the day in which somebody taught.
	busyHours = 4
)

// maturity is whether the application was seen for a day.
type maturity struct {
	mu       sync.Mutex
	teachers evidence // its times are those of the first and the last teaching
	hours    uint32   // the set of hours of the day
	changed  bool
	// settled is the last hour in which nothing more can change.
	settled atomic.Uint32
	// known is the last hour in which the application was mature.
	known atomic.Uint32
}

// taught notes that somebody taught. If nobody did for [lifetime], it begins anew.
func (m *maturity) taught(t identity, alone bool, hour uint32) {
	if m.settled.Load() == hour {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.teachers.age(hour) {
		m.hours = 0
	}
	m.changed = m.teachers.teach(t, alone, hour) || m.changed
	if bit := uint32(1) << (hour % 24); m.hours&bit == 0 {
		m.hours |= bit
		m.changed = true
	}
	if m.teachers.learned() {
		m.settled.Store(hour)
	}
}

// mature reports whether a day was seen: the first teaching was [dayHours] ago, there
// were clients of good standing in [busyHours], and they were several or confirmed.
func (m *maturity) mature(hour uint32) bool {
	if m.known.Load() == hour {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &m.teachers
	mature := t.learned() && !expired(t.last, hour) && hour >= t.first+dayHours && bits.OnesCount32(m.hours) >= busyHours
	if mature {
		m.known.Store(hour)
	}
	return mature
}

// merge adds what another one saw.
func (m *maturity) merge(o *maturity) {
	m.mu.Lock()
	defer m.mu.Unlock()
	empty := m.teachers == evidence{}
	m.teachers.merge(&o.teachers)
	m.hours |= o.hours
	m.changed = m.changed || !empty
	m.settled.Store(0)
}

func (m *maturity) encode() []byte {
	b := newEncoder()
	b.evidence(&m.teachers)
	b.number(uint64(m.hours))
	return b
}

func decodeMaturity(value []byte) (*maturity, error) {
	d := newDecoder(value)
	m := &maturity{teachers: d.evidence(), hours: uint32(d.number(1<<24 - 1))}
	if err := d.end(); err != nil {
		return nil, err
	}
	if m.teachers.n == 0 {
		return nil, errRecord
	}
	return m, nil
}
