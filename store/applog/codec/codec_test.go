package codec

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/storetest"
)

// declarable are the fields that an application may declare impersonal, each
// with something that is in it and nowhere else.
var declarable = map[string]string{
	"text": "the-text", "subject.label": "the-label", "params": "the-param",
	"changes": "the-old", "details": "the-details", "action": "the-action",
}

func TestEventPartsAreApart(t *testing.T) {
	always := map[bool][]string{
		true: {"the-initiator", "the-name", "the-email", "the-kind", "the-person", "the-ext", "the-request"},
		false: {"the-id", "the_category", "the.type", "the-subject-type", "the-subject-id", "the-key", "the-outcome",
			record.MarkSkew, "the-method", "the-transport"},
	}
	check := func(t *testing.T, personal bool, text string, e record.Event) {
		t.Helper()
		impersonalPart, personalPart, _ := Encode(&e)
		if bytes.Contains(personalPart, []byte(text)) != personal || bytes.Contains(impersonalPart, []byte(text)) == personal {
			t.Errorf("%s: personal is %v", text, !personal)
		}
	}
	for personal, list := range always {
		for _, text := range list {
			e := storetest.FullEvent()
			for name := range declarable {
				e.Impersonal = append(e.Impersonal, name)
			}
			check(t, personal, text, e)
			check(t, personal, text, storetest.FullEvent())
		}
	}
	for name, text := range declarable {
		check(t, true, text, storetest.FullEvent())
		e := storetest.FullEvent()
		e.Impersonal = []string{name}
		check(t, false, text, e)
	}
}

func decodeParts(parts ...[]byte) (e record.Event, err error) {
	for _, p := range parts {
		err = errors.Join(err, Decode(&e, p))
	}
	return e, err
}

func TestEventCodecRoundTrip(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "x", "Straße", "\xff\x00", strings.Repeat("long", 100)})
	raw := rapid.SampledFrom([]json.RawMessage{nil, json.RawMessage(`{}`), json.RawMessage(` [1, {"a":null}]`)})
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(-62167219200_000000, 253402300799_999999).Draw(t, "us")).UTC()
	})
	rapid.Check(t, func(t *rapid.T) {
		e := storetest.FullEvent()
		e.ID, e.Category, e.Type, e.Key = text.Draw(t, "id"), text.Draw(t, "category"), text.Draw(t, "type"), text.Draw(t, "key")
		e.Text, e.Outcome, e.Method, e.RequestID, e.Transport = text.Draw(t, "text"), text.Draw(t, "outcome"), text.Draw(t, "method"), text.Draw(t, "request"), text.Draw(t, "transport")
		e.Time, e.Received, e.Until = moment.Draw(t, "time"), moment.Draw(t, "received"), moment.Draw(t, "until")
		e.Details, e.Ext = raw.Draw(t, "details"), raw.Draw(t, "ext")
		e.Status = rapid.IntRange(0, 999).Draw(t, "status")
		if rapid.Bool().Draw(t, "sparse") {
			e.Subject, e.Params, e.Initiator, e.Persons, e.Action, e.Changes, e.Marks = nil, nil, nil, nil, nil, nil, nil
		}
		for name := range declarable {
			if rapid.Bool().Draw(t, name) {
				e.Impersonal = append(e.Impersonal, name)
			}
		}
		impersonal, personal, hash := Encode(&e)
		got, err := decodeParts(impersonal, personal)
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Fatalf("got %+v, %v, want %+v", got, err, e)
		}
		if _, _, again := Encode(&got); again != hash {
			t.Fatal("the same event has another hash")
		}
	})
}

// Each field that the application tells counts; what the gate adds does not.
func TestContentHash(t *testing.T) {
	hash := func(change func(*record.Event)) ContentHash {
		e := storetest.FullEvent()
		change(&e)
		_, _, h := Encode(&e)
		return h
	}
	same := hash(func(*record.Event) {})
	for name, change := range map[string]func(*record.Event){
		"received": func(e *record.Event) { e.Received = e.Received.Add(time.Hour) },
		"marks":    func(e *record.Event) { e.Marks = nil },
		"status":   func(e *record.Event) { e.Status = 0 },
		"method":   func(e *record.Event) { e.Method = "" },
		"request":  func(e *record.Event) { e.RequestID = "" },
		"arrival":  func(e *record.Event) { e.Transport = "" },
		"seq":      func(e *record.Event) { e.Seq = 7 },
	} {
		if hash(change) != same {
			t.Errorf("%s changes the hash", name)
		}
	}
	seen := map[ContentHash]string{same: "nothing"}
	for name, change := range map[string]func(*record.Event){
		"time":              func(e *record.Event) { e.Time = e.Time.Add(time.Microsecond) },
		"time not told":     func(e *record.Event) { e.Time = e.Received },
		"category":          func(e *record.Event) { e.Category += "x" },
		"type":              func(e *record.Event) { e.Type += "x" },
		"subject":           func(e *record.Event) { e.Subject = nil },
		"subject type":      func(e *record.Event) { e.Subject.Type += "x" },
		"subject id":        func(e *record.Event) { e.Subject.ID += "x" },
		"subject label":     func(e *record.Event) { e.Subject.Label += "x" },
		"text":              func(e *record.Event) { e.Text += "x" },
		"key":               func(e *record.Event) { e.Key += "x" },
		"params":            func(e *record.Event) { e.Params["name"] += "x" },
		"impersonal":        func(e *record.Event) { e.Impersonal = []string{"nothing"} },
		"impersonal text":   func(e *record.Event) { e.Impersonal = []string{"text"} },
		"initiator":         func(e *record.Event) { e.Initiator = nil },
		"kind":              func(e *record.Event) { e.Initiator.Kind += "x" },
		"persons":           func(e *record.Event) { e.Persons = e.Persons[:1] },
		"action":            func(e *record.Event) { e.Action.Href += "x" },
		"outcome":           func(e *record.Event) { e.Outcome += "x" },
		"outcome not told":  func(e *record.Event) { e.Mark(record.MarkNoOutcome) },
		"changes":           func(e *record.Event) { e.Changes[1].Old, e.Changes[1].New = e.Changes[1].New, nil },
		"details":           func(e *record.Event) { e.Details = nil },
		"until":             func(e *record.Event) { e.Until = time.Time{} },
		"ext":               func(e *record.Event) { e.Ext = nil },
		"text, then method": func(e *record.Event) { e.Text, e.Key = e.Text+e.Key, "" },
	} {
		h := hash(change)
		if other, ok := seen[h]; ok {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[h] = name
	}
}

func TestDecodeEventRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		value string
		want  error
	}{
		"empty":           {"", ErrTruncated},
		"newer":           {"\x02\x01\x01a", kv.ErrNewer},
		"newer field":     {"\x01\xf0\x01a", kv.ErrNewer},
		"no length":       {"\x01\x01", ErrTruncated},
		"short":           {"\x01\x01\x05abc", ErrTruncated},
		"endless length":  {"\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", ErrTruncated},
		"short time":      {"\x01\x02\x01a", ErrTruncated},
		"no such year":    {"\x01\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff", nil},
		"short subject":   {"\x01\x06\x01\x05", ErrTruncated},
		"long subject":    {"\x01\x06\x03\x00\x00x", nil},
		"status":          {"\x01\x15\x02\xff\x7f", nil},
		"no JSON":         {"\x01\x11\x01{", nil},
		"no JSON changed": {"\x01\x10\x04\x00\x01{\x00", nil},
	} {
		_, err := decodeParts([]byte(c.value))
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzEventCodec(f *testing.F) {
	full := storetest.FullEvent()
	declared := storetest.FullEvent()
	for name := range declarable {
		declared.Impersonal = append(declared.Impersonal, name)
	}
	for _, e := range []record.Event{full, declared, storetest.BookingEvent(1), {}} {
		impersonal, personal, _ := Encode(&e)
		f.Add(impersonal, personal)
	}
	f.Add([]byte{}, []byte{2})
	f.Add([]byte("\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), []byte("\x01\x10\x04\x00\x01{\x00"))
	f.Fuzz(func(t *testing.T, impersonal, personal []byte) {
		e, err := decodeParts(impersonal, personal)
		if err != nil {
			return
		}
		if _, err := json.Marshal(e); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		first, second, hash := Encode(&e)
		again, err := decodeParts(first, second)
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Fatalf("got %+v, %v, want %+v", again, err, e)
		}
		if _, _, h := Encode(&again); h != hash {
			t.Fatal("the same event has another hash")
		}
	})
}

// The format is a document, docs/format.md: what is written today must be read
// for ever.
func TestEventFormat(t *testing.T) {
	e := record.Event{
		ID:         "a1",
		Time:       time.UnixMicro(1),
		Received:   time.UnixMicro(-1),
		Category:   "booking",
		Subject:    &record.Subject{Type: "Desk", ID: "7", Label: "Table"},
		Text:       "Hi",
		Params:     map[string]string{"b": "2", "a": ""},
		Impersonal: []string{"params"},
		Initiator:  &record.Initiator{Email: "e"},
		Outcome:    "success",
		Marks:      []string{"late"},
		Status:     201,
		RequestID:  "r",
	}
	impersonal, personal, hash := Encode(&e)
	told := "\x01" + "\x01\x02a1" + "\x02\x08\x00\x00\x00\x00\x00\x00\x00\x01" + "\x04\x07booking" + "\x06\x07\x04Desk\x017" +
		"\x0a\x03\x01a\x00" + "\x0a\x04\x01b\x012" + "\x0b\x06params" + "\x0f\x07success"
	toldPersonal := "\x01" + "\x07\x05Table" + "\x08\x02Hi" + "\x0c\x05\x00\x00\x01e\x00"
	if want := told + "\x03\x08\xff\xff\xff\xff\xff\xff\xff\xff" + "\x14\x04late" + "\x15\x02\xc9\x01"; string(impersonal) != want {
		t.Errorf("impersonal part\n%q, want\n%q", impersonal, want)
	}
	if want := toldPersonal + "\x17\x01r"; string(personal) != want {
		t.Errorf("personal part\n%q, want\n%q", personal, want)
	}
	if sum := sha256.Sum256([]byte(told + toldPersonal)); !bytes.HasPrefix(sum[:], hash[:]) {
		t.Errorf("content %x, want the first half of %x", hash, sum)
	}
}

func BenchmarkEncode(b *testing.B) {
	e := storetest.BookingEvent(1)
	b.ReportAllocs()
	for b.Loop() {
		Encode(&e)
	}
}
