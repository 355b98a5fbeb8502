package serverlog

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"math"

	"github.com/gatebook/gatebook/record"
)

// rowID is where a request stands in the log: its time and its number, which
// nothing changes. Lists go from the greatest to the least.
type rowID struct {
	micros int64
	number uint64
}

func (p rowID) compare(q rowID) int {
	return cmp.Or(cmp.Compare(p.micros, q.micros), cmp.Compare(p.number, q.number))
}

var afterAll = rowID{math.MaxInt64, math.MaxUint64}

const (
	rowIDVersion = 1
	rowIDLen     = 1 + 8 + 8
)

func (p rowID) cursor() string {
	b := append(make([]byte, 0, rowIDLen), rowIDVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(p.micros))
	b = binary.BigEndian.AppendUint64(b, p.number)
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseRowID(s string) (rowID, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != rowIDLen || b[0] != rowIDVersion {
		return rowID{}, record.BadCursor(s)
	}
	return rowID{micros: int64(binary.BigEndian.Uint64(b[1:])), number: binary.BigEndian.Uint64(b[9:])}, nil
}
