package block

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/record"
)

// headOf makes the first bytes of a head.
func headOf(version byte, rows, first uint64, oldest int64, interval uint64, flags byte) []byte {
	b := binary.AppendUvarint([]byte{version}, rows)
	b = binary.AppendUvarint(b, first)
	b = binary.AppendVarint(b, oldest)
	return append(binary.AppendUvarint(b, interval), flags)
}

func TestParseHead(t *testing.T) {
	b := headOf(Version, 3, 1<<40, -7, 10, flagSorted|flagShort)
	got, err := ParseHead(append(bytes.Clone(b), "sections"...))
	want := Head{Rows: 3, First: 1 << 40, Oldest: -7, Newest: 3, Sorted: true, Short: true}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for n := range b {
		if _, err := ParseHead(b[:n]); err == nil {
			t.Errorf("%d of %d bytes are taken", n, len(b))
		}
	}
	if got, err := ParseHead(headOf(Version, MaxRows, 0, 0, 0, flagDense)); err != nil || !got.Dense || got.Sorted || got.Short {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestParseHeadRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"another version":         headOf(Version+1, 1, 0, 0, 0, 0),
		"no requests":             headOf(Version, 0, 0, 0, 0, 0),
		"too many requests":       headOf(Version, MaxRows+1, 0, 0, 0, 0),
		"an unknown flag":         headOf(Version, 1, 0, 0, 0, 1<<7),
		"an end before the start": headOf(Version, 1, 0, math.MaxInt64, 1, 0),
	} {
		if got, err := ParseHead(b); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// The flags of a head say what holds for the block's requests.
func TestHeadFlags(t *testing.T) {
	enc, _ := codecs(t, zstd.SpeedFastest)
	second := time.Unix(100, 0)
	for name, c := range map[string]struct {
		times []time.Time
		ip    int
		flags byte
	}{
		"whole seconds":                {[]time.Time{second, second.Add(time.Second)}, 0, flagSorted | flagSeconds | flagShort},
		"whole milliseconds":           {[]time.Time{second, second.Add(time.Millisecond)}, 0, flagSorted | flagMillis | flagShort},
		"microseconds":                 {[]time.Time{second, second.Add(time.Microsecond)}, 0, flagSorted | flagShort},
		"milliseconds, then less":      {[]time.Time{second.Add(time.Millisecond), second.Add(time.Second + time.Microsecond)}, 0, flagSorted | flagShort},
		"not in order":                 {[]time.Time{second, second.Add(-time.Second)}, 0, flagSeconds | flagShort},
		"an address":                   {[]time.Time{second}, 1, flagSorted | flagSeconds},
		"before 1970, whole milli":     {[]time.Time{time.UnixMilli(-1500)}, 0, flagSorted | flagMillis | flagShort},
		"an address that is shortened": {[]time.Time{second}, 4, flagSorted | flagSeconds | flagShort},
	} {
		var b Builder
		b.Reset()
		for i, at := range c.times {
			b.Add(uint64(i), &record.Request{Time: at, IP: ips[c.ip]})
		}
		for _, dense := range []bool{false, true} {
			head, _ := b.Encode(enc, dense)
			_, flags, _, err := parseHead(head)
			want := c.flags | flagDense*flag(dense)
			if err != nil || flags != want {
				t.Errorf("%s: flags %b, %v; want %b", name, flags, err, want)
			}
		}
	}
}
