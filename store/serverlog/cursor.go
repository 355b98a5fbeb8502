package serverlog

import (
	"cmp"
	"encoding/binary"
	"math"

	"github.com/gatebook/gatebook/record/query"
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

const rowIDSize = 8 + 8

func (p rowID) cursor() string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, rowIDSize), uint64(p.micros))
	return query.FormatCursor(binary.BigEndian.AppendUint64(b, p.number))
}

func parseRowID(cursor string) (rowID, error) {
	b, err := query.ParseCursor(cursor)
	if err == nil && len(b) != rowIDSize {
		err = query.BadCursor(cursor)
	}
	if err != nil {
		return rowID{}, err
	}
	return rowID{micros: int64(binary.BigEndian.Uint64(b)), number: binary.BigEndian.Uint64(b[8:])}, nil
}
