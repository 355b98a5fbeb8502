package applog

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
)

// eventCursorVersion is the first byte of a cursor.
const eventCursorVersion = 1

func eventCursor(after codec.Position) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{eventCursorVersion}, after[:]...))
}

func parseEventCursor(s string) (codec.Position, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 1+codec.PositionSize || b[0] != eventCursorVersion {
		return codec.Position{}, record.BadCursor(s)
	}
	return codec.Position(b[1:]), nil
}

func flagCursor(f *record.Flag) string {
	return base64.RawURLEncoding.EncodeToString([]byte(f.Changed.UTC().Format(time.RFC3339Nano) + " " + f.ID))
}

func parseFlagCursor(cursor string) (after record.Flag, err error) {
	if cursor == "" {
		return after, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	at, id, ok := strings.Cut(string(raw), " ")
	if err == nil && ok {
		after.ID = id
		after.Changed, err = time.Parse(time.RFC3339Nano, at)
	}
	if err != nil || !ok {
		return after, record.BadCursor(cursor)
	}
	return after, nil
}
