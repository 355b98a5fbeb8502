package block

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Head is what is known of a block without reading it.
type Head struct {
	Rows int
	// Oldest and Newest are times of entries.
	Oldest, Newest time.Time
	// Due is the least time from which anonymization counts, of the entries that
	// have a personal part; zero if none has.
	Due time.Time
}

// Bits of a head.
const headDue = 1 << 0

func (b *Builder) head() []byte {
	dst := binary.AppendUvarint([]byte{Version}, uint64(len(b.rows)))
	if len(b.rows) == 0 {
		return appendSum(dst, b.number)
	}
	oldest, newest, due := b.rows[0].time, b.rows[0].time, int64(0)
	bits := byte(0)
	for _, r := range b.rows {
		oldest, newest = min(oldest, r.time), max(newest, r.time)
		if r.flags&anonymized == 0 && (bits == 0 || r.due < due) {
			bits, due = headDue, r.due
		}
	}
	dst = append(dst, bits)
	for _, t := range []int64{oldest, newest, due} {
		dst = binary.AppendVarint(dst, t)
	}
	return appendSum(dst, b.number)
}

// ParseHead reads the head of the block of a number.
func ParseHead(value []byte, number uint64) (h Head, err error) {
	in, err := open(value, number)
	if err != nil {
		return h, fmt.Errorf("the head of block %d: %w", number, err)
	}
	rows := in.uvarint()
	if rows > 0 {
		bits := in.byte()
		h.Oldest, h.Newest = fromMicros(in.varint()), fromMicros(in.varint())
		if due := in.varint(); bits&headDue != 0 {
			h.Due = fromMicros(due)
		}
		in.broken = in.broken || bits&^headDue != 0
	}
	if in.done() != nil || rows > MaxRows {
		return Head{}, fmt.Errorf("the head of block %d: %w", number, errForm)
	}
	h.Rows = int(rows)
	return h, nil
}

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }
