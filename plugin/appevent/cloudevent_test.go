package appevent

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

// ce is the smallest CloudEvent that is an event, told apart by its id.
func ce(id string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":"%s","source":"/jobs","type":"booking.expired","data":{"category":"booking","text":"t"}}`, id)
}

const fullCloudEvent = `{
	"specversion": "1.0", "id": "c-1", "source": "/jobs/nightly", "type": "booking.expired",
	"time": "2023-01-31T10:31:20.5+01:00", "subject": "Booking/45887", "datacontenttype": "application/json",
	"dataschema": "https://example.com/schema", "traceparent": "00-1-2-03", "partition": 7, "unset": null,
	"data": {
		"category": "booking", "text": "T\u00fcr", "type": "booking.expired",
		"initiator": {"id": 17, "kind": "api"}, "details": {"a": [{"b": {"c": 1}}]}, "shift": "night"
	}
}`

func checkFullCloudEvent(t *testing.T, e record.Event, ext string) {
	t.Helper()
	if e.ID != "c-1" || e.Type != "booking.expired" || e.Category != "booking" || e.Text != "Tür" || e.Transport != "ingest" ||
		!e.Time.Equal(time.Date(2023, 1, 31, 9, 31, 20, 5e8, time.UTC)) || len(e.Marks) > 0 ||
		e.Subject == nil || *e.Subject != (record.Subject{Type: "Booking", ID: "45887"}) ||
		e.Initiator == nil || e.Initiator.ID != "17" || string(e.Details) != `{"a": [{"b": {"c": 1}}]}` {
		t.Errorf("got %+v", e)
	}
	if string(e.Ext) != ext {
		t.Errorf("ext %s, want %s", e.Ext, ext)
	}
}

func TestCloudEvent(t *testing.T) {
	const ext = `{"source":"/jobs/nightly","dataschema":"https://example.com/schema","traceparent":"00-1-2-03","partition":7,"shift":"night"}`
	for kind, body := range map[string]string{
		"application/cloudevents+json":                      fullCloudEvent,
		"application/cloudevents+json; charset=utf-8":       fullCloudEvent,
		"application/cloudevents-batch+json; charset=utf-8": "[" + fullCloudEvent + "," + ce("b") + "]",
	} {
		items, err := parseBody(typed(kind), body)
		if err != nil || len(items) == 0 || items[0].Rejected != nil {
			t.Errorf("%s: %+v, %v", kind, items, err)
			continue
		}
		checkFullCloudEvent(t, items[0].Event, ext)
	}
}

func TestBinaryCloudEvent(t *testing.T) {
	h := header("Content-Type", "application/json", "ce-specversion", "1.0", "ce-id", "c-1", "ce-source", "/jobs/n%C3%A4chtlich",
		"ce-type", "booking.expired", "ce-time", "2023-01-31T10:31:20.5+01:00", "ce-subject", "Booking:45887", "ce-category", "booking")
	const data = `{"text": "T\u00fcr", "initiator": {"id": 17, "kind": "api"}, "details": {"a": [{"b": {"c": 1}}]}}`
	items, err := parseBody(h, data)
	if err != nil || len(items) != 1 || items[0].Rejected != nil {
		t.Fatalf("%+v, %v", items, err)
	}
	checkFullCloudEvent(t, items[0].Event, `{"source":"/jobs/nächtlich"}`)

	for key, value := range map[string]string{"Ce-Id": "two words", "Ce-Source": "%zz", "Ce-Type": "%ff", "Ce-Subject": "%EF%BF%BF", "Ce-Time": "now"} {
		broken := h.Clone()
		broken[key] = []string{value}
		if items, err := parseBody(broken, data); err != nil || len(items) != 1 || items[0].Rejected == nil || items[0].Rejected.Offset != 0 {
			t.Errorf("%s %s: %+v, %v", key, value, items, err)
		}
	}
	twice := h.Clone()
	twice.Add("Ce-Id", "c-2")
	if items, _ := parseBody(twice, data); len(items) != 1 || items[0].Rejected == nil {
		t.Errorf("two ids: %+v", items)
	}
	if _, err := parseBody(h, "no JSON"); err == nil {
		t.Error("a body that is no JSON was read")
	}
}

func TestRefusedCloudEvents(t *testing.T) {
	for change, reason := range map[string]string{
		`"specversion": "1.0" -> "specversion": "0.3"`:                           "specversion must be 1.0",
		`"specversion": "1.0", -> `:                                              "specversion is missing, which every CloudEvent has",
		`"source": "/jobs/nightly" -> "source": ""`:                              "source is missing, which every CloudEvent has",
		`"id": "c-1" -> "id": null`:                                              "id is missing, which every CloudEvent has",
		`"id": "c-1" -> "id": {}`:                                                "an attribute must be a string, a number or a boolean",
		`"application/json" -> "text/xml"`:                                       "datacontenttype must be application/json",
		`"data": -> "data_base64":`:                                              "an attribute must be a string, a number or a boolean",
		`"partition": 7 -> "data_base64": "e30="`:                                "data_base64 is not read; send data as a JSON object",
		`"text": "T\u00fcr", "type": "booking.expired" -> "text":"t","type":"b"`: "a key of data is an attribute of the CloudEvent as well, with another value",
		`"shift": "night" -> "source": "elsewhere"`:                              "a key of data is an attribute of the CloudEvent as well, with another value",
		`"category": "booking" -> "category": "gatebook"`:                        "category must not be gatebook, which is reserved",
		`"category": "booking", -> `:                                             "category is missing",
		`{"c": 1} -> {"c": [[1]]}`:                                               "the JSON is nested more than 6 deep",
	} {
		before, after, _ := strings.Cut(change, " -> ")
		body := strings.Replace(fullCloudEvent, before, after, 1)
		if body == fullCloudEvent {
			t.Fatalf("%s changes nothing", change)
		}
		items, err := parseBody(typed("application/cloudevents+json"), body)
		if err != nil || len(items) != 1 || items[0].Rejected == nil || items[0].Rejected.Reason != reason {
			t.Errorf("%s: %s, %v; want %s", change, summary(items), err, reason)
		}
	}
	if items, err := parseBody(typed("application/cloudevents+json"), `{"specversion":"1.0","id":"a","source":"s","type":"t","data":"text"}`); err != nil || summary(items) != "a(data must be an object @61/68)" {
		t.Errorf("%s, %v", summary(items), err)
	}
}

func TestCloudEventSubject(t *testing.T) {
	for text, want := range map[string]record.Subject{
		`Booking/45887`: {Type: "Booking", ID: "45887"},
		`Booking:a/b`:   {Type: "Booking", ID: "a/b"},
		`45887`:         {ID: "45887"},
		`/45887`:        {ID: "45887"},
		`T\u00fcr/<\"`:  {Type: "Tür", ID: `<"`},
	} {
		items, err := parseBody(typed("application/cloudevents+json"), strings.Replace(ce("a"), `"data"`, `"subject":"`+text+`","data"`, 1))
		if err != nil || len(items) != 1 || items[0].Event.Subject == nil || *items[0].Event.Subject != want {
			t.Errorf("%s: %+v, %v", text, items, err)
		}
	}
	// What data says of it is more.
	body := strings.Replace(ce("a"), `"data":{`, `"subject":"Booking/1","data":{"subject":{"type":"Booking","id":"1","label":"L"},`, 1)
	items, err := parseBody(typed("application/cloudevents+json"), body)
	if err != nil || len(items) != 1 || items[0].Event.Subject == nil || items[0].Event.Subject.Label != "L" {
		t.Errorf("%+v, %v", items, err)
	}
}

// FuzzBody reads any body in any form. No event is out of bounds, and nothing
// that is said of a refused one, or of the whole, repeats any of it.
func FuzzBody(f *testing.F) {
	forms := []http.Header{
		typed("application/json"), typed("application/x-ndjson"), typed("application/cloudevents+json"), typed("application/cloudevents-batch+json"),
	}
	for _, s := range []string{
		ev("a"), "[" + ev("a") + "," + ev("b") + "]", ev("a") + "\n" + ev("b") + "\n{", "[" + ce("a") + ",1]", fullCloudEvent,
		`[{"id":"a","category":"gatebook","text":"t"}]`, "[[[[[[[[", `{"a":`, "\x00", `{"a":"` + "\xff" + `"}`, "[]", "{}", `{"id":"a","id":"b"}`,
	} {
		for form := range byte(5) {
			f.Add(s, form, uint(len(s)/2), "a")
		}
	}
	f.Fuzz(func(t *testing.T, text string, form byte, at uint, attribute string) {
		var h http.Header
		if form = form % 5; form < 4 {
			h = forms[form]
		} else {
			h = header("Content-Type", "application/json", "Ce-Specversion", "1.0", "Ce-Id", "a", "Ce-Source", attribute, "Ce-Type", "t", "Ce-"+attribute, secret)
		}
		for _, text := range []string{text, plant(text, at)} {
			items, err := parseBody(h, text)
			if err != nil {
				if bad, ok := errors.AsType[*BodyError](err); !ok || bad.Status < 400 || strings.Contains(bad.Reason, secret) {
					t.Errorf("refused with %v", err)
				}
				continue
			}
			if len(items) > MaxBodyEvents {
				t.Errorf("%d events", len(items))
			}
			for _, item := range items {
				switch {
				case item.Rejected != nil:
					checkRejected(t, []Rejection{*item.Rejected}, text)
				case form < 2:
					checkEvent(t, item.Event)
				case len(item.Event.Ext) > maxExt || !json.Valid(item.Event.Ext):
					t.Errorf("ext %s", item.Event.Ext)
				}
			}
		}
	})
}
