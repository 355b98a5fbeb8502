package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/gatebook/gatebook/store/kv"
)

// A record of a segment is
//
//	version   1 byte
//	length    4 bytes, of the payload
//	first     8 bytes
//	count     4 bytes
//	payload
//	checksum  4 bytes, CRC-32C of all before it
//
// with numbers in big-endian order.
const (
	version    = 1
	headerSize = 1 + 4 + 8 + 4
	sumSize    = 4
)

// MaxPayload is the largest payload of a batch.
const MaxPayload = 16 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errRecord says that no whole record is there.
var errRecord = errors.New("no whole record")

// appendRecord adds the record of b to out.
func appendRecord(out []byte, b Batch) []byte {
	start := len(out)
	out = append(out, version)
	out = binary.BigEndian.AppendUint32(out, uint32(len(b.Payload)))
	out = binary.BigEndian.AppendUint64(out, b.First)
	out = binary.BigEndian.AppendUint32(out, b.Count)
	out = append(out, b.Payload...)
	return binary.BigEndian.AppendUint32(out, crc32.Checksum(out[start:], castagnoli))
}

// parseRecord returns the batch at the start of data, which it shares, and the size
// of its record.
func parseRecord(data []byte) (b Batch, size int, err error) {
	if len(data) < headerSize+sumSize || data[0] == 0 {
		return Batch{}, 0, errRecord
	}
	length := int(binary.BigEndian.Uint32(data[1:]))
	if length > MaxPayload || length > len(data)-headerSize-sumSize {
		return Batch{}, 0, errRecord
	}
	end := headerSize + length
	if crc32.Checksum(data[:end], castagnoli) != binary.BigEndian.Uint32(data[end:]) {
		return Batch{}, 0, errRecord
	}
	if data[0] != version {
		return Batch{}, 0, fmt.Errorf("journal format %d: %w", data[0], kv.ErrNewer)
	}
	b = Batch{
		First:   binary.BigEndian.Uint64(data[5:]),
		Count:   binary.BigEndian.Uint32(data[13:]),
		Payload: data[headerSize:end:end],
	}
	if b.First == 0 || b.First+uint64(b.Count) < b.First {
		return Batch{}, 0, errRecord
	}
	return b, end + sumSize, nil
}

// recordSize is how long the record at the start of data is, by its header.
func recordSize(data []byte) int64 {
	if len(data) < headerSize {
		return headerSize + sumSize
	}
	return headerSize + sumSize + min(int64(binary.BigEndian.Uint32(data[1:])), MaxPayload)
}

// findRecord returns where the next whole record begins after damage at the start of
// data; ok is false where there is none. A record's numbers are after the one
// before, which keeps the search short.
func findRecord(data []byte, after uint64) (at int, ok bool) {
	for at = 1; at+headerSize+sumSize <= len(data); at++ {
		if data[at] != version || binary.BigEndian.Uint64(data[at+5:]) < after {
			continue
		}
		// Most of what looks like a header has a length that does not fit, or
		// numbers that no journal reaches.
		if binary.BigEndian.Uint64(data[at+5:]) > after+maxGap {
			continue
		}
		if _, _, err := parseRecord(data[at:]); err == nil {
			return at, true
		}
	}
	return 0, false
}

// maxGap is more than the events that a damaged part of a segment can have.
const maxGap = 1 << 32
