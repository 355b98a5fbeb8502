package query

import (
	"encoding/base64"

	"github.com/gatebook/gatebook/record"
)

// cursorVersion is the first byte of every cursor. A log that changes what its
// cursors hold must raise it.
const cursorVersion = 1

// FormatCursor writes the position after which the next page of a list begins as a
// text without special characters.
func FormatCursor(position []byte) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{cursorVersion}, position...))
}

// ParseCursor reads what [FormatCursor] wrote. The error is that of [BadCursor].
func ParseCursor(cursor string) (position []byte, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) == 0 || b[0] != cursorVersion {
		return nil, BadCursor(cursor)
	}
	return b[1:], nil
}

// BadCursor is the error for a cursor that a list did not give out.
func BadCursor(cursor string) error { return record.Invalid("cursor", cursor, record.InvalidCursor) }
