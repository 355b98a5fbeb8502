package appevent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/gatebook/gatebook/record"
)

// What a body may bring.
const (
	MaxBody       = 1 << 20 // bytes
	MaxBodyEvents = 500
	// maxBodyEvent keeps one event well below what the log can store.
	maxBodyEvent = 128 << 10 // bytes
)

// Form is how a body writes events.
type Form int

// The forms of a body.
const (
	FormJSON        Form = iota // an object, or an array of them
	FormLines                   // an object a line
	FormCloudEvent              // one CloudEvent, its attributes in the JSON
	FormCloudEvents             // an array of those
	FormCloudBinary             // one CloudEvent, its attributes in the header
)

// BodyTypes are the media types that are read, as the error lists them.
const BodyTypes = "application/json, application/x-ndjson, application/cloudevents+json, application/cloudevents-batch+json"

// BodyError is why nothing of a request was taken: the status to answer it
// with, and what is to be done, in sentences that repeat nothing of it.
type BodyError struct {
	Status int
	Reason string
}

func (e *BodyError) Error() string { return e.Reason }

// Item is one event of a body, in its place.
type Item struct {
	// Event is what was read. Of an event that was refused it has the ID at
	// most.
	Event record.Event
	// Rejected is why it was refused, or nil.
	Rejected *Rejection
}

// FormOf returns the form of a body, from the request's header.
func FormOf(h http.Header) (Form, error) {
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return 0, &BodyError{http.StatusUnsupportedMediaType, "Compressed bodies are not read. Send it as it is, without Content-Encoding."}
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if charset := params["charset"]; err != nil || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return 0, errMediaType
	}
	// CloudEvents HTTP binding, section 3: first the structured forms, then
	// the header.
	switch kind {
	case "application/cloudevents+json":
		return FormCloudEvent, nil
	case "application/cloudevents-batch+json":
		return FormCloudEvents, nil
	}
	if h.Get("Ce-Specversion") != "" {
		if !isJSON(kind) {
			return 0, errMediaType
		}
		return FormCloudBinary, nil
	}
	switch kind {
	case "application/json":
		return FormJSON, nil
	case "application/x-ndjson", "application/ndjson", "application/jsonl":
		return FormLines, nil
	}
	return 0, errMediaType
}

var errMediaType = &BodyError{http.StatusUnsupportedMediaType,
	"The Content-Type must be one of " + BodyTypes + ", in UTF-8. A CloudEvent in binary mode has a ce-specversion header and JSON for its data."}

// isJSON reports whether a media type is one of JSON (RFC 6839, section 3.1).
func isJSON(kind string) bool {
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}

// Parse reads a body, which the caller has bounded to MaxBody. Each event is
// read by the rules of the header, except that details may be larger and any
// JSON whitespace is fine; one that breaks them does not keep the others out.
// The error is a [BodyError] and means that the whole body was refused.
func (f Form) Parse(body []byte, h http.Header, from Origin) ([]Item, error) {
	elements, err := f.split(body)
	if err != nil {
		return nil, err
	}
	items := make([]Item, len(elements))
	for i, p := range elements {
		items[i] = f.item(p, h, &from)
	}
	return items, nil
}

// Rejections are those of items, as the log has them: one by one up to a
// limit, so that a body that is all wrong does not flood it.
func Rejections(items []Item) (list []Rejection, count int) {
	for _, item := range items {
		if item.Rejected == nil {
			continue
		}
		if count < maxRejected {
			list = append(list, *item.Rejected)
		}
		count++
	}
	if count > maxRejected {
		list = append(list, omitted(count-maxRejected))
	}
	return list, count
}

func (f Form) item(p element, h http.Header, from *Origin) Item {
	e, bad := f.mean(p.text, h, from)
	if bad != nil {
		return Item{record.Event{ID: e.ID}, &Rejection{bad.reason, p.offset + bad.offset, len(p.text)}}
	}
	e.Transport = "ingest"
	return Item{Event: e}
}

func (f Form) mean(text string, h http.Header, from *Origin) (e record.Event, bad *fault) {
	if len(text) > maxBodyEvent {
		return e, &fault{reason: fmt.Sprintf("the event takes more than %d bytes", maxBodyEvent)}
	}
	switch f {
	case FormCloudEvent, FormCloudEvents:
		return structuredCloudEvent(text, from)
	case FormCloudBinary:
		return binaryCloudEvent(text, h, from)
	}
	members, bad := readText(text, 1)
	if bad != nil {
		return e, bad
	}
	return meanEvent(members, from, maxBodyDetails)
}

// element is the text of one event and where it begins in the body.
type element struct {
	text   string
	offset int
}

// split finds the events of a body. It goes by JSON's grammar alone: what else
// is wrong with one of them is no matter of the others.
func (f Form) split(body []byte) ([]element, error) {
	start := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(start) == 0:
		return nil, &BodyError{http.StatusBadRequest, "The body is empty. Send " + f.wanted() + "."}
	case f == FormLines:
		return splitLines(body)
	}
	if err := f.check(body); err != nil {
		return nil, err
	}
	list := start[0] == '['
	if list != (f == FormCloudEvents) && f != FormJSON || !list && start[0] != '{' {
		return nil, &BodyError{http.StatusBadRequest, "The body is JSON but not " + f.wanted() + "."}
	}
	if !list {
		return []element{{string(body), 0}}, nil
	}
	return splitArray(body)
}

func (f Form) wanted() string {
	switch f {
	case FormLines:
		return "a JSON object a line"
	case FormJSON:
		return "a JSON object, or an array of them"
	case FormCloudEvents:
		return "an array of CloudEvents"
	}
	return "one JSON object"
}

// check refuses a body that is no JSON. It repeats nothing that encoding/json
// says of it, which may be a part of it.
func (f Form) check(body []byte) error {
	var whole json.RawMessage
	err := json.Unmarshal(body, &whole)
	if err == nil {
		return nil
	}
	at := len(body)
	// The offset behind the byte that was wrong is the same as that of the end.
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && syntax.Error() != "unexpected end of JSON input" {
		at = max(int(syntax.Offset)-1, 0)
	}
	hint := ""
	if f == FormJSON {
		hint = " Several objects go into an array, or one a line with Content-Type: application/x-ndjson."
	}
	return &BodyError{http.StatusBadRequest, fmt.Sprintf("The body is no JSON: something is wrong at byte %d of %d. Nothing was stored. Send %s.%s", at, len(body), f.wanted(), hint)}
}

// splitArray finds the elements of body, which is an array.
func splitArray(body []byte) ([]element, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	_, err := dec.Token()
	var elements []element
	for err == nil && dec.More() {
		if len(elements) == MaxBodyEvents {
			return nil, errTooMany
		}
		var text json.RawMessage
		err = dec.Decode(&text)
		elements = append(elements, element{string(text), int(dec.InputOffset()) - len(text)})
	}
	if err != nil {
		return nil, &BodyError{http.StatusBadRequest, "The body is no JSON. Nothing was stored."}
	}
	return elements, nil
}

// splitLines finds the lines of body that are not blank. A line that is no
// JSON is one bad event, unless none of them is.
func splitLines(body []byte) (elements []element, err error) {
	offset, readable := 0, false
	for line := range bytes.Lines(body) {
		if len(bytes.TrimSpace(line)) > 0 {
			if len(elements) == MaxBodyEvents {
				return nil, errTooMany
			}
			elements = append(elements, element{string(line), offset})
			readable = readable || json.Valid(line)
		}
		offset += len(line)
	}
	if !readable {
		return nil, &BodyError{http.StatusBadRequest, "No line of the body is JSON. Nothing was stored. Send " + FormLines.wanted() + "."}
	}
	return elements, nil
}

var errTooMany = &BodyError{http.StatusRequestEntityTooLarge,
	fmt.Sprintf("A body has at most %d events. Nothing was stored. Send them in several requests.", MaxBodyEvents)}
