package applog

import (
	"encoding/binary"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
)

func eventCursor(after codec.Position) string { return query.FormatCursor(after[:]) }

func parseEventCursor(cursor string) (after codec.Position, err error) {
	position, err := query.ParseCursor(cursor)
	if err == nil && len(position) != codec.PositionSize {
		err = query.BadCursor(cursor)
	}
	copy(after[:], position)
	return after, err
}

// The position of a flag in the list is when it last changed, and its id. The time is
// seconds and nanoseconds, so that any time fits.
const flagTimeSize = 8 + 4

func flagCursor(f *record.Flag) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(f.Changed.Unix()))
	b = binary.BigEndian.AppendUint32(b, uint32(f.Changed.Nanosecond()))
	return query.FormatCursor(append(b, f.ID...))
}

func parseFlagCursor(cursor string) (after record.Flag, err error) {
	if cursor == "" {
		return after, nil
	}
	b, err := query.ParseCursor(cursor)
	if err == nil && len(b) <= flagTimeSize {
		err = query.BadCursor(cursor)
	}
	if err != nil {
		return after, err
	}
	after.Changed = time.Unix(int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint32(b[8:]))).UTC()
	after.ID = string(b[flagTimeSize:])
	return after, nil
}
