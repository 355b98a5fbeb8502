package learned

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Record is something to be stored, small and with a version. A store replaces the
// record with the same key.
type Record struct {
	// Key is at most 18 bytes.
	Key string
	// Value is empty if the record is to be deleted.
	Value []byte
}

// The first bytes of keys.
const (
	templateRecord   = 't'
	parameterRecord  = 'p'
	catchAllRecord   = 'a'
	loginRecord      = 'l'
	maturityRecord   = 'm'
	correctionRecord = 'c'
)

func recordKey(kind byte, key uint64) string {
	return string(binary.BigEndian.AppendUint64([]byte{kind}, key))
}

func (k correctionKey) record() string {
	b := binary.BigEndian.AppendUint64([]byte{correctionRecord, byte(k.kind)}, k.key)
	return string(binary.BigEndian.AppendUint64(b, k.source))
}

// TakeChanged returns what changed since the last call. It is to be stored in this
// order: of two records with one key the last one holds.
func (a *App) TakeChanged() (list []Record) {
	for i := range a.shards {
		s := &a.shards[i]
		s.mu.Lock()
		list = s.templates.take(list, templateRecord)
		list = s.parameters.take(list, parameterRecord)
		s.mu.Unlock()
	}
	list = a.catchAlls.take(list)
	list = a.logins.take(list)
	list = a.maturity.take(list)
	list = a.corrections.take(list)
	list = a.useless.take(list)
	slices.SortStableFunc(list, func(x, y Record) int { return cmp.Compare(x.Key, y.Key) })
	return list
}

func (t *table) take(list []Record, kind byte) []Record {
	for _, key := range t.gone {
		list = append(list, Record{Key: recordKey(kind, key)})
	}
	for _, key := range t.changes {
		e := t.entries[key]
		e.changed, e.stored = false, true
		list = append(list, Record{recordKey(kind, key), e.encode()})
	}
	t.gone, t.changes = nil, nil
	return list
}

func (c *catchAlls) take(list []Record) []Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range c.gone {
		list = append(list, Record{Key: recordKey(catchAllRecord, key)})
	}
	c.gone = nil
	c.each(func(a *answer) {
		if a.changed {
			a.changed, a.stored = false, true
			list = append(list, Record{recordKey(catchAllRecord, a.key), a.encode()})
		}
	})
	return list
}

func (l *logins) take(list []Record) []Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range l.gone {
		list = append(list, Record{Key: recordKey(loginRecord, key)})
	}
	l.gone = nil
	for _, p := range l.paths {
		if p.changed {
			p.changed, p.stored = false, true
			list = append(list, Record{recordKey(loginRecord, p.key), p.encode()})
		}
	}
	return list
}

func (m *maturity) take(list []Record) []Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changed {
		m.changed = false
		list = append(list, Record{recordKey(maturityRecord, 0), m.encode()})
	}
	return list
}

func (c *corrections) take(list []Record) []Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.gone {
		list = append(list, Record{Key: key.record()})
	}
	for key := range c.changes {
		one := c.list[key]
		list = append(list, Record{key.record(), one.encode()})
	}
	clear(c.gone)
	clear(c.changes)
	return list
}
