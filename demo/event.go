package demo

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Outcomes other than success.
const (
	failure = "failure"
	denied  = "denied"
)

// event is the content of X-App-Event; docs/event-header.md
// has the meaning of each key.
type event struct {
	ID         string         `json:"id"`
	Time       string         `json:"time"`
	Category   string         `json:"category"`
	Type       string         `json:"type"`
	Subject    *subject       `json:"subject,omitempty"`
	Text       string         `json:"text"`
	Impersonal []string       `json:"impersonal,omitempty"`
	Initiator  *initiator     `json:"initiator,omitempty"`
	Action     *action        `json:"action,omitempty"`
	Changes    []change       `json:"changes,omitempty"`
	Details    map[string]any `json:"details,omitempty"`
	Until      string         `json:"until,omitempty"`
	Outcome    string         `json:"outcome"`
}

type subject struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Label string `json:"label,omitempty"`
}

type initiator struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email"`
}

type action struct {
	Label string `json:"label"`
	Href  string `json:"href"`
}

type change struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// newEvent fills in what every event of a known person has.
func (a *App) newEvent(u *user, category, kind, text string) event {
	return event{
		ID:        newID(a.now()),
		Time:      a.now().Format(time.RFC3339),
		Category:  category,
		Type:      kind,
		Text:      text,
		Initiator: &initiator{ID: u.ID, Name: u.Name, Email: u.Email},
		Outcome:   "success",
	}
}

// view is the link from the log back into the application.
func view(format string, args ...any) *action {
	return &action{Label: "View", Href: fmt.Sprintf(format, args...)}
}

// addEvent puts the event on the response and returns the line it sent. It must
// come before the status is written.
func addEvent(w http.ResponseWriter, e event) string {
	line := headerJSON(e)
	w.Header().Add("X-App-Event", line)
	return line
}

// headerJSON encodes v for a header line: encoding/json leaves DEL and
// everything beyond ASCII as it is, and servers on the way disagree about such
// bytes in headers.
func headerJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // the types above hold strings and numbers only
	}
	out := make([]byte, 0, len(raw)+64)
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		raw = raw[size:]
		switch {
		case r < 0x7F:
			out = append(out, byte(r))
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return string(out)
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// newID is like a ULID: the time in milliseconds, then 80 random bits, so that
// ids sort by time. The bits are packed from the left: 26 characters.
func newID(now time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], uint64(now.UnixMilli())<<16)
	if _, err := rand.Read(id[6:]); err != nil {
		panic(err) // never returned, as crypto/rand documents
	}
	return crockford.EncodeToString(id[:])
}
