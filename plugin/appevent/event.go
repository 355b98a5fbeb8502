package appevent

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Bounds of single keys. Unless noted otherwise they count characters.
const (
	maxText        = 500
	maxName        = 200 // of ids, names, labels and parameters
	maxHref        = 2000
	maxParams      = 16
	maxChanges     = 50
	maxPersons     = 1000
	maxDetails     = 4 << 10  // bytes, in a header
	maxBodyDetails = 64 << 10 // bytes, in a body
	maxExt         = 1 << 10  // bytes
	maxClockAhead  = 5 * time.Minute
	maxClockBack   = 7 * 24 * time.Hour
)

// impersonal are the fields that an application may declare to name nobody.
var impersonal = []string{"text", "subject.label", "params", "changes", "details", "action"}

// Parse reads the lines of X-App-Event. Every line must be a complete list of
// events; lines that are not are tried again joined by commas, where proxies
// split. What fits into the limits is returned, the rest is rejected.
func Parse(lines []string, from Origin, limits Limits) (events []record.Event, rejected []Rejection) {
	return read(lines, limits, func(o *object) (record.Event, *fault) {
		e, bad := meanEvent(o.members, &from, maxDetails)
		if o.mark != "" {
			e.Mark(o.mark)
		}
		return e, bad
	})
}

// eventReader reads the members of one event.
type eventReader struct {
	fields
	record.Event
	maxDetails int
	ext        []byte
}

func meanEvent(members []member, from *Origin, maxDetails int) (record.Event, *fault) {
	r := eventReader{maxDetails: maxDetails}
	for _, m := range members {
		r.member(m)
	}
	r.finish(from)
	return r.Event, r.fault
}

func (r *eventReader) member(m member) {
	e := &r.Event
	switch m.key {
	case "id":
		e.ID = r.token(m, "id")
	case "time":
		e.Time = r.time(m, "time")
	case "category":
		e.Category = r.category(m)
	case "type":
		e.Type = r.token(m, "type")
	case "subject":
		r.subject(m)
	case "text":
		e.Text = r.text(m, "text", maxText)
	case "key":
		e.Key = r.text(m, "key", maxName)
	case "params":
		r.params(m)
	case "impersonal":
		for _, v := range r.list(m, "impersonal", len(impersonal)) {
			if s := r.oneOf(v, "impersonal", impersonal...); s != "" && !slices.Contains(e.Impersonal, s) {
				e.Impersonal = append(e.Impersonal, s)
			}
		}
	case "initiator":
		r.initiator(m)
	case "persons":
		for _, v := range r.list(m, "persons", maxPersons) {
			if id := r.id(v, "persons"); id != "" {
				e.Persons = append(e.Persons, id)
			}
		}
	case "action":
		r.action(m)
	case "changes":
		r.changes(m)
	case "details":
		r.details(m)
	case "until":
		e.Until = r.time(m, "until")
	case "outcome":
		e.Outcome = r.oneOf(m, "outcome", record.OutcomeSuccess, record.OutcomeFailure, record.OutcomeDenied)
	default:
		r.ext = addMember(r.ext, m.rawKey, m.value)
	}
}

// finish fills in what the application may leave out and checks what it may not.
func (r *eventReader) finish(from *Origin) {
	e := &r.Event
	whole := member{}
	if e.Category == "" {
		r.refuse(whole, "category", "is missing")
	}
	if e.Text == "" && e.Key == "" {
		r.refuse(whole, "text", "is missing, and so is key")
	}
	if r.ext != nil {
		e.Ext = append(r.ext, '}')
		if len(e.Ext) > maxExt {
			r.refuse(whole, "the unknown keys", "take more than "+strconv.Itoa(maxExt)+" bytes")
		}
	}
	if r.fault != nil {
		return
	}
	e.Received, e.Status, e.Method, e.RequestID = from.Now, from.Status, from.Method, from.RequestID
	if e.ID == "" {
		e.ID = newID(from.Now)
		e.Mark(record.MarkNoID)
	}
	if e.Time.IsZero() {
		e.Time = from.Now
	}
	if e.Time.After(from.Now.Add(maxClockAhead)) || e.Time.Before(from.Now.Add(-maxClockBack)) {
		e.Mark(record.MarkSkew)
	}
	if e.Outcome == "" {
		e.Outcome = outcome(from.Status)
	}
	if e.Action != nil && !ownHref(e.Action.Href, from.Host) {
		e.Action = nil
		e.Mark(record.MarkNoAction)
	}
	e.Transport = "header"
	if from.Trailer {
		e.Transport = "trailer"
		e.Mark(record.MarkTrailer)
	}
}

func (r *eventReader) category(m member) string {
	s := r.string(m, "category")
	switch {
	case s == record.CategoryGatebook:
		r.refuse(m, "category", "must not be "+record.CategoryGatebook+", which is reserved")
	case s != "" && !record.ValidCategory(s):
		r.refuse(m, "category", "must be 1 to 32 of a-z 0-9 _ and begin with a letter")
	}
	return s
}

func outcome(status int) string {
	switch {
	case status == 401 || status == 403:
		return record.OutcomeDenied
	case status >= 400:
		return record.OutcomeFailure
	}
	return record.OutcomeSuccess
}

// addMember adds a member to an object whose closing brace is still to come.
func addMember(object []byte, rawKey, value string) json.RawMessage {
	if object == nil {
		object = append(object, '{')
	} else {
		object = append(object, ',')
	}
	object = append(object, rawKey...)
	object = append(object, ':')
	return append(object, value...)
}
