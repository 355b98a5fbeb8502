package learned

import (
	"encoding/binary"
	"errors"
)

// version is the first byte of a record.
const version = 1

var errRecord = errors.New("not a record of what was learned")

// encoder writes a record.
type encoder []byte

func newEncoder() encoder { return append(make(encoder, 0, 128), version) }

func (e *encoder) number(n uint64) { *e = binary.AppendUvarint(*e, n) }

func (e *encoder) text(s string) {
	e.number(uint64(len(s)))
	*e = append(*e, s...)
}

func (e *encoder) flag(b bool) {
	var c byte
	if b {
		c = 1
	}
	*e = append(*e, c)
}

func (e *encoder) evidence(v *evidence) {
	e.number(uint64(v.n))
	e.flag(v.alone)
	e.number(uint64(v.first))
	e.number(uint64(v.last))
	for _, t := range v.who[:v.n] {
		e.number(uint64(t.id))
		e.number(uint64(t.subnet))
	}
}

// decoder reads a record. After an error it returns zero values.
type decoder struct {
	b   []byte
	bad bool
}

func newDecoder(value []byte) *decoder {
	if len(value) == 0 || value[0] != version {
		return &decoder{bad: true}
	}
	return &decoder{b: value[1:]}
}

// number reads a number up to a maximum.
func (d *decoder) number(most uint64) uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 || n > most {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) text(most int) string {
	n := int(d.number(uint64(most)))
	if n > len(d.b) {
		d.bad, d.b = true, nil
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) flag() bool { return d.number(1) == 1 }

func (d *decoder) hour() uint32 { return uint32(d.number(1 << 31)) }

func (d *decoder) id() uint32 { return uint32(d.number(1<<32 - 1)) }

func (d *decoder) evidence() (e evidence) {
	e.n = uint8(d.number(enough))
	e.alone = d.flag()
	e.first, e.last = d.hour(), d.hour()
	if e.first > e.last || (e.last == 0) != (e.n == 0) {
		d.bad = true
	}
	for i := range e.n {
		e.who[i] = identity{d.id(), d.id()}
	}
	return e
}

// end returns an error if the record was none, or has something left.
func (d *decoder) end() error {
	if d.bad || len(d.b) != 0 {
		return errRecord
	}
	return nil
}
