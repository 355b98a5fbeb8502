package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

// marshalLine encodes v on one line, safe to show in a terminal.
func marshalLine(v any) ([]byte, error) {
	line, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding JSON: %w", err)
	}
	return append(escapeJSON(line), '\n'), nil
}

func writeJSON(w http.ResponseWriter, v any) error {
	body, err := marshalLine(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
	return nil
}

// indentJSON lays out JSON that came from outside for reading.
func indentJSON(raw []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, raw, "", "  ") != nil {
		return visible(string(raw))
	}
	return string(escapeJSON(out.Bytes()))
}

// escapeJSON writes invisible characters as \u escapes. JSON itself asks that
// of the first 32 only, but a terminal obeys others too (U+009B starts a
// control sequence) and bidi controls reorder a line. Outside of strings JSON
// is plain ASCII, so nothing else can be hit.
func escapeJSON(in []byte) []byte {
	out := make([]byte, 0, len(in))
	for len(in) > 0 {
		r, size := utf8.DecodeRune(in)
		switch {
		case r < 0x7f || !invisible(r):
			out = append(out, in[:size]...)
		case r > 0xffff: // a surrogate pair, RFC 8259 section 7
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		in = in[size:]
	}
	return out
}

// eventIn is e with its times in loc, so that they carry its offset.
func eventIn(e record.Event, loc *time.Location) record.Event {
	e.Time, e.Received, e.Until = timeIn(e.Time, loc), timeIn(e.Received, loc), timeIn(e.Until, loc)
	return e
}

func requestIn(r record.Request, loc *time.Location) record.Request {
	r.Time = timeIn(r.Time, loc)
	return r
}

func bookIn(b *record.BookHealth, loc *time.Location) *record.BookHealth {
	if b == nil {
		return nil
	}
	local := *b
	local.Oldest, local.Newest, local.LastFlush = timeIn(b.Oldest, loc), timeIn(b.Newest, loc), timeIn(b.LastFlush, loc)
	return &local
}

// timeIn leaves the zero time alone: in another zone it would no longer be
// left out of JSON.
func timeIn(t time.Time, loc *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(loc)
}
