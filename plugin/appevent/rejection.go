package appevent

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/oklog/ulid/v2"
)

// Origin is the response that carried a header.
type Origin struct {
	Now    time.Time
	Status int
	Method string
	// Route is the request's path, reported with the rejection.
	Route string
	// Host is the site's own, with its port if that is not the scheme's. An
	// action's link may name it. Where a site answers to every name, leave it
	// empty rather than believe the client's Host header.
	Host      string
	RequestID string
	// Trailer reports whether the header came after the body.
	Trailer bool
}

// Rejection is the reason why a part of a header or a body was refused. It never
// contains any of the text, which may be personal, or an attack on readers of logs.
type Rejection struct {
	Reason string
	// Offset is the byte in the line, or in the body, where reading stopped,
	// Length how many bytes were refused. A line that was split is counted as
	// it was before.
	Offset, Length int
}

// omitted stands for n rejections beyond those that are reported one by one.
func omitted(n int) Rejection {
	return Rejection{Reason: fmt.Sprintf("%d more were refused as well", n)}
}

const maxRoute = 500 // bytes

// Event is the entry of the application log about the rejection.
// It is made for X-App-Event; the content of X-App-Error never enters that log.
func (r Rejection) Event(from Origin) record.Event {
	route := from.Route[:min(len(from.Route), maxRoute)]
	details, err := json.Marshal(struct {
		Reason string `json:"reason"`
		Offset int    `json:"offset"`
		Length int    `json:"length"`
		Route  string `json:"route"`
	}{r.Reason, r.Offset, r.Length, route})
	if err != nil {
		panic(err) // strings and numbers always have a JSON form
	}
	return record.Event{
		ID:       newID(from.Now),
		Time:     from.Now,
		Received: from.Now,
		Category: record.CategoryGlobal,
		Type:     "event.rejected",
		Text:     "The application sent an event that was refused: " + r.Reason + ".",
		// Paths name people, as in /users/ada@example.com: the details have one.
		Impersonal: []string{"text"},
		Outcome:    record.OutcomeFailure,
		Details:    details,
		Marks:      []string{record.MarkRejected},
		Status:     from.Status,
		Method:     from.Method,
		RequestID:  from.RequestID,
		Transport:  "gate",
	}
}

// newID makes a ULID. Times that one cannot hold become the nearest that it can.
func newID(now time.Time) string {
	ms := min(uint64(max(now.UnixMilli(), 0)), ulid.MaxTime())
	return ulid.MustNew(ms, rand.Reader).String()
}
