package serverlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// Keys of the server log. docs/format.md describes them.
const (
	headPrefix   = 'h'
	bodyPrefix   = 'b'
	importPrefix = 'i'
	manifestKey  = "s"
	// unfinishedKey is there while an import of several blocks is written.
	unfinishedKey = "u"
	// flushKey is written only to be dropped; see [Log.compact].
	flushKey = "z"
)

const (
	blockKeyLen = 1 + 8 + 8
	checksumLen = 4
)

// castagnoli is the polynomial that processors compute themselves.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func blockKey(prefix byte, first, last uint64) []byte {
	key := append(make([]byte, 0, blockKeyLen), prefix)
	key = binary.BigEndian.AppendUint64(key, first)
	return binary.BigEndian.AppendUint64(key, last)
}

func parseBlockKey(key []byte) (first, last uint64, err error) {
	if len(key) == blockKeyLen {
		first, last = binary.BigEndian.Uint64(key[1:]), binary.BigEndian.Uint64(key[9:])
	}
	if len(key) != blockKeyLen || last < first {
		// No request has the greatest number.
		return math.MaxUint64, math.MaxUint64, fmt.Errorf("%x is no block's key", key)
	}
	return first, last, nil
}

// withChecksum returns a copy of value with its checksum, which covers the key too:
// a block under another's key is damaged.
func withChecksum(key, value []byte) []byte {
	value = append(make([]byte, 0, len(value)+checksumLen), value...)
	return binary.BigEndian.AppendUint32(value, checksum(key, value))
}

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// checked returns the value without its checksum, if that fits.
func checked(key, value []byte) ([]byte, error) {
	if len(value) < checksumLen {
		return nil, fmt.Errorf("cut off after %d bytes", len(value))
	}
	content, sum := value[:len(value)-checksumLen], value[len(value)-checksumLen:]
	if checksum(key, content) != binary.BigEndian.Uint32(sum) {
		return nil, errors.New("the checksum does not fit")
	}
	return content, nil
}

const (
	// retainedKey has the time of the last run.
	retainedKey = "r"
	// compactionKey is there while something is deleted and its bytes may still be on
	// the disk.
	compactionKey = "o"
)
