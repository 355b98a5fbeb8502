package appevent

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

// secret is planted into headers; no rejection may ever show it.
const secret = "Zq7Xk9"

func plant(text string, at uint) string {
	i := int(at % uint(len(text)+1))
	return text[:i] + secret + text[i:]
}

func checkRejected(t *testing.T, rejected []Rejection, text string) {
	t.Helper()
	if len(rejected) > maxRejected+1 {
		t.Errorf("%d rejections", len(rejected))
	}
	for _, r := range rejected {
		if r.Reason == "" || r.Offset < 0 || r.Length < 0 || r.Offset > 2*len(text) || r.Length > 2*len(text) {
			t.Errorf("a rejection is out of bounds: %+v", r)
		}
		entry, err := json.Marshal(r.Event(origin))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(entry, []byte(secret)) || len(entry) > 2000 {
			t.Errorf("a rejection tells too much: %s", entry)
		}
	}
}

// FuzzParse reads any lines. An event that is taken must have a JSON form,
// stay inside its bounds and, written as an application would write it, be
// read as the same event again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		ev("a"),
		ev("a") + ", " + b64(ev("b")) + "," + sf(ev("c")) + "\n" + ev("d"),
		strings.ReplaceAll(ev("a"), ",", "\n"),
		"{\"category\":\"x\",\"text\":\"\xfc\"}",
		"=?utf-8?b?" + strings.Trim(sf(ev("a")), ":") + "?=",
		`{"category":"gatebook","text":"t"}`,
		`{"id":"a","time":"2023-01-31T10:31:20.5+01:00","category":"x","type":"a.b","subject":{"type":"B","id":7,"l":1},"text":"\ud83d\ude00\u0000","until":"2023-02-01T18:00:00-11:59"}`,
		`{"category":"x","key":"k","params":{"a":1e5,"b":"c"},"impersonal":["text","action"],"initiator":{"id":1,"kind":"api","x":{}},"persons":[1,"a"],"outcome":"denied"}`,
		`{"category":"x","text":"t","action":{"label":"l","href":"https://booking.example.com/x","i":null},"changes":[{"field":"f","old":[],"new":{"a":1},"u":"v"}],"details":{"a":[{"b":1}]},"z":-0}`,
		`{"category":"x","text":"t","z":1,"subject":{"color":"red"}}`,
		`{"category":"x","text":"t","action":{"href":"//evil"},"time":"2023-01-31T10:31:20+23:59","ext":{"ext":1}}`,
		`{"a":[[[[[[[`, `{"a":1,"a":1}`, `{"a":"\ud83d"}`, "\x00", ":::", "ey", "{}\n\n{\n}",
	} {
		f.Add(s, uint(0))
		f.Add(s, uint(len(s)/2))
	}
	f.Fuzz(func(t *testing.T, text string, at uint) {
		for _, text := range []string{text, plant(text, at)} {
			events, rejected := Parse(strings.Split(text, "\n"), origin, Limits{})
			checkRejected(t, rejected, plant(text, at))
			if len(events) > 32 {
				t.Errorf("%d events", len(events))
			}
			for _, e := range events {
				checkEvent(t, e)
			}
		}
	})
}

func checkEvent(t *testing.T, e record.Event) {
	t.Helper()
	if !record.ValidCategory(e.Category) || e.Category == "gatebook" || e.ID == "" || len(e.ID) > 64 ||
		utf8.RuneCountInString(e.Text) > maxText || len(e.Params) > maxParams || len(e.Changes) > maxChanges || len(e.Ext) > maxExt || e.Seq != 0 {
		t.Errorf("out of bounds: %+v", e)
	}
	want := marshal(t, e)
	line := asApplication(t, e)
	again, bad := readAgain(line)
	if bad != nil {
		t.Fatalf("%s is taken, but written again as %s refused: %s", want, line, bad.reason)
	}
	// How the line was written and who made the id are no part of the event.
	again.Marks, again.Transport = e.Marks, e.Transport
	if got := marshal(t, again); got != want {
		t.Errorf("read again it is\n%s, was\n%s", got, want)
	}
}

// readAgain allows more bytes for details, since writing them may escape more.
func readAgain(line string) (record.Event, *fault) {
	members, bad := readText(line, 1)
	if bad != nil {
		return record.Event{}, bad
	}
	return meanEvent(members, &origin, 1<<20)
}

// marshal writes an event as the API does, with the keys of objects sorted.
func marshal(t *testing.T, e record.Event) string {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if b, err = json.Marshal(v); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// asApplication writes an event with the keys of the header, unknown ones back
// where they came from.
func asApplication(t *testing.T, e record.Event) string {
	t.Helper()
	ext := map[string]json.RawMessage{}
	if e.Ext != nil {
		if err := json.Unmarshal(e.Ext, &ext); err != nil {
			t.Fatal(err)
		}
	}
	var out json.RawMessage
	add := func(key string, v any) {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		out = addMember(out, `"`+key+`"`, strings.TrimSpace(b.String()))
	}
	add("id", e.ID)
	add("time", e.Time)
	add("category", e.Category)
	add("type", e.Type)
	add("text", e.Text)
	add("key", e.Key)
	add("params", e.Params)
	add("impersonal", e.Impersonal)
	add("persons", e.Persons)
	add("outcome", e.Outcome)
	if !e.Until.IsZero() {
		add("until", e.Until)
	}
	if len(e.Details) > 0 {
		out = addMember(out, `"details"`, string(e.Details))
	}
	out = addPart(out, "subject", e.Subject, ext)
	out = addPart(out, "initiator", e.Initiator, ext)
	out = addPart(out, "action", e.Action, ext)
	out = addChanges(out, e.Changes, ext)
	return string(addRaw(out, e.Ext, "subject", "initiator", "action", "changes")) + "}"
}

// addPart adds a part of an event and what ext has of it.
func addPart(out json.RawMessage, name string, part any, ext map[string]json.RawMessage) json.RawMessage {
	text, _ := json.Marshal(part)
	var object json.RawMessage
	if string(text) != "null" {
		object = addRaw(object, text)
	}
	if object = addRaw(object, ext[name]); object == nil {
		return out
	}
	return addMember(out, `"`+name+`"`, string(object)+"}")
}

// addChanges gives the unknown keys of rows to the first rows; which rows they
// came from is not kept.
func addChanges(out json.RawMessage, changes []record.Change, ext map[string]json.RawMessage) json.RawMessage {
	var rests []json.RawMessage
	_ = json.Unmarshal(ext["changes"], &rests)
	var rows []string
	for i, c := range changes {
		field, _ := json.Marshal(c.Field)
		row := addMember(nil, `"field"`, string(field))
		if c.Old != nil {
			row = addMember(row, `"old"`, string(c.Old))
		}
		if c.New != nil {
			row = addMember(row, `"new"`, string(c.New))
		}
		if i < len(rests) {
			row = addRaw(row, rests[i])
		}
		rows = append(rows, string(row)+"}")
	}
	return addMember(out, `"changes"`, "["+strings.Join(rows, ",")+"]")
}

// addRaw adds the members of an object as they are written, but for some.
func addRaw(out, object json.RawMessage, except ...string) json.RawMessage {
	if object == nil {
		return out
	}
	members, _ := readText(string(object), 1)
	for _, m := range members {
		if !slices.Contains(except, m.key) {
			out = addMember(out, m.rawKey, m.value)
		}
	}
	return out
}
