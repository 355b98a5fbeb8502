package appevent

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

// The parts of an event that are objects or lists. Keys inside them that are
// not known go to Ext under the part's own key.

func (r *eventReader) subject(m member) {
	var s record.Subject
	var rest json.RawMessage
	// Initiators have a name, so applications give their subjects one, too.
	var name *member
	for _, m := range r.object(m, "subject") {
		switch m.key {
		case "name":
			name = &m
		case "type":
			s.Type = r.name(m, "subject.type")
		case "id":
			s.ID = r.id(m, "subject.id")
		case "label":
			s.Label = r.text(m, "subject.label", maxName)
		default:
			rest = addMember(rest, m.rawKey, m.value)
		}
	}
	switch text := ""; {
	case name == nil:
	case s.Label == "" && json.Unmarshal([]byte(name.value), &text) == nil && text != "" && utf8.RuneCountInString(text) <= maxName:
		s.Label = r.text(*name, "subject.name", maxName)
	default: // as any key that is not known
		rest = addMember(rest, name.rawKey, name.value)
	}
	if s != (record.Subject{}) {
		r.Subject = &s
	}
	r.keep(m, rest)
}

func (r *eventReader) initiator(m member) {
	var i record.Initiator
	var rest json.RawMessage
	for _, m := range r.object(m, "initiator") {
		switch m.key {
		case "id":
			i.ID = r.id(m, "initiator.id")
		case "name":
			i.Name = r.text(m, "initiator.name", maxName)
		case "email":
			i.Email = r.text(m, "initiator.email", maxName)
		case "kind":
			i.Kind = r.oneOf(m, "initiator.kind", "user", "system", "api")
		default:
			rest = addMember(rest, m.rawKey, m.value)
		}
	}
	if i != (record.Initiator{}) {
		if i.Kind == "" {
			i.Kind = "user"
		}
		r.Initiator = &i
	}
	r.keep(m, rest)
}

func (r *eventReader) action(m member) {
	var a record.Action
	var rest json.RawMessage
	for _, m := range r.object(m, "action") {
		switch m.key {
		case "label":
			a.Label = r.text(m, "action.label", maxName)
		case "href":
			a.Href = r.text(m, "action.href", maxHref)
		default:
			rest = addMember(rest, m.rawKey, m.value)
		}
	}
	if a != (record.Action{}) {
		r.Action = &a
	}
	r.keep(m, rest)
}

func (r *eventReader) params(m member) {
	members := r.object(m, "params")
	if len(members) > maxParams {
		r.refuse(m, "params", "has more than "+strconv.Itoa(maxParams)+" entries")
		return
	}
	for _, m := range members {
		if m.value == "null" {
			continue
		}
		if r.Params == nil {
			r.Params = make(map[string]string, len(members))
		}
		r.checkLength(m, "a key of params", m.key, maxName)
		r.Params[m.key] = r.param(m)
	}
}

// param reads what goes into a sentence; a number goes as it is written.
func (r *eventReader) param(m member) string {
	if c := m.value[0]; c == '-' || isDigit(c) {
		return m.value
	}
	return r.text(m, "a value of params", maxName)
}

func (r *eventReader) changes(m member) {
	var rests []string
	for _, row := range r.list(m, "changes", maxChanges) {
		var c record.Change
		var rest json.RawMessage
		for _, m := range r.object(row, "an entry of changes") {
			switch m.key {
			case "field":
				c.Field = r.text(m, "changes.field", maxName)
			case "old":
				c.Old = json.RawMessage(m.value)
			case "new":
				c.New = json.RawMessage(m.value)
			default:
				rest = addMember(rest, m.rawKey, m.value)
			}
		}
		if c.Field == "" {
			r.refuse(row, "changes.field", "is missing")
		}
		if rest != nil {
			rests = append(rests, string(rest)+"}")
		}
		r.Changes = append(r.Changes, c)
	}
	if rests != nil {
		r.ext = addMember(r.ext, m.rawKey, "["+strings.Join(rests, ",")+"]")
	}
}

func (r *eventReader) details(m member) {
	if len(m.value) > r.maxDetails {
		r.refuse(m, "details", "takes more than "+strconv.Itoa(r.maxDetails)+" bytes")
		return
	}
	if len(r.object(m, "details")) > 0 {
		r.Details = json.RawMessage(m.value)
	}
}

// keep puts the unknown keys of a part into Ext.
func (r *eventReader) keep(part member, rest json.RawMessage) {
	if rest != nil {
		r.ext = addMember(r.ext, part.rawKey, string(rest)+"}")
	}
}
