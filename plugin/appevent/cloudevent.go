package appevent

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

// What follows reads CloudEvents 1.0 (github.com/cloudevents/spec): attributes
// around, or in binary mode beside, an object that has the keys of an event.

// structuredCloudEvent reads one whose attributes and data are one JSON object.
func structuredCloudEvent(text string, from *Origin) (e record.Event, bad *fault) {
	// Data is as deep as if nothing were around it.
	members, bad := readText(text, 0)
	if bad != nil {
		return e, bad
	}
	var r cloudReader
	i := slices.IndexFunc(members, func(m member) bool { return m.key == "data" })
	if i >= 0 {
		r.data = r.object(members[i], "data")
		members = slices.Delete(members, i, i+1)
	}
	r.attributes = members
	return r.read(from)
}

// binaryCloudEvent reads one whose attributes are in the header; text is its
// data.
func binaryCloudEvent(text string, h http.Header, from *Origin) (e record.Event, bad *fault) {
	var r cloudReader
	if r.attributes, bad = headerAttributes(h); bad != nil {
		return e, bad
	}
	if r.data, bad = readText(text, 1); bad != nil {
		return e, bad
	}
	return r.read(from)
}

const attributePrefix = "Ce-"

// headerAttributes reads attributes as the HTTP binding writes them (section
// 3.1.3.2): percent-encoded UTF-8. Their offset is that of the body's start.
func headerAttributes(h http.Header) ([]member, *fault) {
	attributes := map[string]string{}
	for key, values := range h {
		name, is := strings.CutPrefix(key, attributePrefix)
		if !is {
			continue
		}
		if len(values) > 1 {
			return nil, &fault{reason: "a ce- header comes twice"}
		}
		value, err := url.PathUnescape(values[0])
		if err != nil || !utf8.ValidString(value) {
			return nil, &fault{reason: "a ce- header is not percent-encoded UTF-8"}
		}
		attributes[strings.ToLower(name)] = value
	}
	text, err := json.Marshal(attributes)
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	members, bad := readText(string(text), 1)
	if bad != nil {
		return nil, &fault{reason: bad.reason + " (in the ce- headers)"}
	}
	for i := range members {
		members[i].offset = 0
	}
	return members, nil
}

// cloudReader makes an event of a CloudEvent.
type cloudReader struct {
	fields
	attributes, data []member
}

// mapped are the attributes that are keys of an event; the others are kept
// under ext.
var mapped = []string{"id", "time", "type", "category"}

func (r *cloudReader) read(from *Origin) (record.Event, *fault) {
	r.require()
	out := eventReader{maxDetails: maxBodyDetails}
	for _, m := range r.attributes {
		switch {
		case m.value == "null":
		case m.value[0] == '{' || m.value[0] == '[':
			r.refuse(m, "an attribute", "must be a string, a number or a boolean")
		case m.key == "specversion" || m.key == "datacontenttype":
		case m.key == "data_base64":
			r.refuse(m, "data_base64", "is not read; send data as a JSON object")
		case m.key == "subject":
			if !r.inData("subject") {
				out.subject(subjectOf(m, r.string(m, "subject")))
			}
		case slices.Contains(mapped, m.key):
			out.member(m)
		default:
			out.ext = addMember(out.ext, m.rawKey, m.value)
		}
	}
	for _, m := range r.data {
		if m.key == "subject" || !r.sameValue(m) {
			out.member(m)
		}
	}
	if out.fault == nil {
		out.fault = r.fault
	}
	out.finish(from)
	return out.Event, out.fault
}

// require checks what every CloudEvent has.
func (r *cloudReader) require() {
	for _, name := range [...]string{"specversion", "id", "source", "type"} {
		switch m := r.attribute(name); {
		case m == nil || m.value == "null" || m.value == `""`:
			r.refuse(member{}, name, "is missing, which every CloudEvent has")
		case name == "specversion" && r.string(*m, name) != "1.0":
			r.refuse(*m, name, "must be 1.0")
		}
	}
	if m := r.attribute("datacontenttype"); m != nil && m.value != "null" {
		kind, _, err := mime.ParseMediaType(r.string(*m, "datacontenttype"))
		if err != nil || !isJSON(kind) {
			r.refuse(*m, "datacontenttype", "must be application/json")
		}
	}
}

func (r *cloudReader) attribute(name string) *member {
	for i := range r.attributes {
		if r.attributes[i].key == name {
			return &r.attributes[i]
		}
	}
	return nil
}

func (r *cloudReader) inData(name string) bool {
	return slices.ContainsFunc(r.data, func(m member) bool { return m.key == name && m.value != "null" })
}

// sameValue reports whether an attribute has the value of the member m of data. Two
// different values would be ambiguous.
func (r *cloudReader) sameValue(m member) bool {
	a := r.attribute(m.key)
	if a == nil || a.value == "null" {
		return false
	}
	if m.value != "null" && plainValue(a.value) != plainValue(m.value) {
		r.refuse(m, "a key of data", "is an attribute of the CloudEvent as well, with another value")
	}
	return true
}

// plainValue is a JSON value, a string without its escapes.
func plainValue(value string) string {
	if value[0] == '"' {
		return unquote(value)
	}
	return value
}

// subjectOf turns the attribute subject, "Booking/45887" or "Booking:45887",
// into what an event has for it. Without a separator all of it is the id.
func subjectOf(m member, text string) member {
	var s struct {
		Type string `json:"type,omitempty"`
		ID   string `json:"id"`
	}
	s.ID = text
	if i := strings.IndexAny(text, "/:"); i >= 0 {
		s.Type, s.ID = text[:i], text[i+1:]
	}
	value, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return member{key: m.key, rawKey: m.rawKey, value: string(value), offset: m.offset}
}
