package serverlog

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/record"
)

// fieldReader reads one field after the other. After the first that does not fit,
// bad is set and every further one is zero.
type fieldReader struct {
	rest string
	bad  bool
}

// take cuts the next n bytes off.
func (d *fieldReader) take(n int) string {
	if n > len(d.rest) {
		d.bad, d.rest = true, ""
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

// fixed reads a big-endian number of size bytes.
func (d *fieldReader) fixed(size int) (v uint64) {
	for _, b := range []byte(d.take(size)) {
		v = v<<8 | uint64(b)
	}
	return v
}

// uvarint is binary.Uvarint for strings.
func (d *fieldReader) uvarint() uint64 {
	if len(d.rest) > 0 && d.rest[0] < 0x80 {
		v := d.rest[0]
		d.rest = d.rest[1:]
		return uint64(v)
	}
	return d.longUvarint()
}

func (d *fieldReader) longUvarint() uint64 {
	var v uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		b := d.rest[i]
		if i == binary.MaxVarintLen64-1 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.rest = d.rest[i+1:]
			return v
		}
	}
	d.bad, d.rest = true, ""
	return 0
}

// varint reads a zigzag-coded number.
func (d *fieldReader) varint() int64 {
	v := d.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// micros reads a duration that time.Duration can hold.
func (d *fieldReader) micros() time.Duration {
	const most = int64(1<<63-1) / int64(time.Microsecond)
	v := d.varint()
	if v > most || v < -most {
		d.bad = true
		return 0
	}
	return time.Duration(v) * time.Microsecond
}

// bits reads presence bits of which only those in known may be set.
func (d *fieldReader) bits(known uint64) uint64 {
	v := d.uvarint()
	if v&^known != 0 {
		d.bad, d.rest = true, ""
		return 0
	}
	return v
}

func (d *fieldReader) address(n int) netip.Addr {
	var ip [16]byte
	if copy(ip[:], d.take(n)) != n {
		return netip.Addr{}
	}
	if n == 4 {
		return netip.AddrFrom4([4]byte(ip[:4]))
	}
	return netip.AddrFrom16(ip)
}

func (d *fieldReader) texts(has uint64, into []*string) {
	for has &= 1<<len(into) - 1; has != 0; has &= has - 1 {
		n := d.uvarint()
		if n == 0 || n > record.MaxText {
			d.bad, d.rest = true, ""
			return
		}
		*into[bits.TrailingZeros64(has)] = d.take(int(n))
	}
}
