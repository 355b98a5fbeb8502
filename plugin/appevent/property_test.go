package appevent

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// word has whatever needs care in JSON, in lists and in headers. A proxy that
// splits at commas trims blanks, which no reader can bring back: there are
// none beside commas.
var word = rapid.Custom(func(t *rapid.T) string {
	runes := rapid.SliceOfN(rapid.SampledFrom([]rune("ab,,\"\\{}[]:=é€😀\n\u2028<")), 1, 20).Draw(t, "runes")
	return string(runes)
})

// application draws an event as an application has it.
func application(t *rapid.T) map[string]any {
	e := map[string]any{
		"id":       rapid.StringMatching(`[A-Za-z0-9._:-]{1,64}`).Draw(t, "id"),
		"time":     "2023-01-31T10:31:20+01:00",
		"category": rapid.StringMatching(`[a-z][a-z0-9_]{0,7}`).Filter(func(s string) bool { return s != "gatebook" }).Draw(t, "category"),
		"text":     word.Draw(t, "text"),
		"type":     "booking.created",
		"outcome":  rapid.SampledFrom([]string{"success", "failure", "denied"}).Draw(t, "outcome"),
	}
	optional := map[string]any{
		"subject":   map[string]any{"type": "Booking", "id": "45887", "label": word.Draw(t, "label")},
		"initiator": map[string]any{"id": "u_17", "name": word.Draw(t, "name"), "email": "a@example.com", "kind": "user"},
		"persons":   []any{"u_18", "u_19"},
		"action":    map[string]any{"label": word.Draw(t, "action"), "href": "/a,b"},
		"changes":   []any{map[string]any{"field": "f", "old": word.Draw(t, "old"), "new": []any{1.0, map[string]any{"a": 1.0}}}},
		"details":   map[string]any{"list": []any{map[string]any{"a": 1.0}, map[string]any{"b": 2.0}, map[string]any{"c": 3.0}}},
		"params":    map[string]any{"p": word.Draw(t, "param")},
		"unknown":   map[string]any{"x": word.Draw(t, "unknown")},
	}
	for _, key := range rapid.SliceOfDistinct(rapid.SampledFrom(slices.Sorted(keysOf(optional))), rapid.ID).Draw(t, "keys") {
		e[key] = optional[key]
	}
	return e
}

func keysOf(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// Whatever an application tells, in whichever form and however lines are put
// together and taken apart on the way, comes back as it was told.
func TestEveryFormComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		told := rapid.SliceOfN(rapid.Custom(application), 1, 8).Draw(t, "events")
		var lines []string
		var line []string
		for _, e := range told {
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			form := rapid.SampledFrom([]func(string) string{func(s string) string { return s }, b64, sf}).Draw(t, "form")
			line = append(line, form(string(text)))
			if rapid.Bool().Draw(t, "end of line") {
				lines, line = append(lines, strings.Join(line, " , ")), nil
			}
		}
		lines = append(lines, strings.Join(line, ","))
		if rapid.Bool().Draw(t, "split at commas") {
			lines = splitAtCommas(lines)
		}
		events, rejected := Parse(lines, origin, Limits{})
		if len(events) != len(told) || len(rejected) > 0 {
			t.Fatalf("%d of %d events, rejected for %q\n%q", len(events), len(told), reasons(rejected), lines)
		}
		for i, e := range events {
			compare(t, told[i], e)
		}
	})
}

func splitAtCommas(lines []string) (out []string) {
	for _, part := range strings.Split(strings.Join(lines, ","), ",") {
		out = append(out, strings.Trim(part, " "))
	}
	return out
}

// compare looks at an event as the API shows it, which has the same keys.
func compare(t *rapid.T, told map[string]any, e any) {
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range told {
		have := got[key]
		if key == "unknown" {
			have = got["ext"].(map[string]any)[key]
		}
		if !reflect.DeepEqual(have, want) {
			t.Fatalf("%s came back as %#v, told as %#v", key, have, want)
		}
	}
}

// The two events of docs/event-header.md.
var typical = []string{
	`{"id":"01GR3YH2V8M9Q7T4C6X0B5N2KD","time":"2023-01-31T10:31:20+01:00","category":"booking","type":"booking.created","subject":{"type":"Booking","id":"45887"},"text":"A booking has been created for \"Table 23\".","impersonal":["text","action"],"initiator":{"id":"u_17","name":"Flexopus Support","email":"support@flexopus.com"},"action":{"label":"View","href":"/dashboard/bookings/45887"},"until":"2023-02-01T18:00:00+01:00"}`,
	`{"id":"01GPJ3B4ZCFEY8R2S5W7D9H1QA","time":"2023-01-12T10:35:15+01:00","category":"global","type":"booking.exported","text":"Bookings have been exported.","initiator":{"id":"u_17","name":"Flexopus Support","email":"support@flexopus.com"}}`,
}

func BenchmarkParseTwoEvents(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(typical[0]) + len(typical[1])))
	for b.Loop() {
		if events, _ := Parse(typical, origin, Limits{}); len(events) != 2 {
			b.Fatal("not read")
		}
	}
}

func BenchmarkParseOneOf300Bytes(b *testing.B) {
	line := typical[0][:strings.Index(typical[0], `,"impersonal"`)] + "}"
	b.ReportAllocs()
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if events, _ := Parse([]string{line}, origin, Limits{}); len(events) != 1 {
			b.Fatal("not read")
		}
	}
}

// The dearest headers that fit into the limits, so that a change which makes
// reading them quadratic is seen.
func BenchmarkParseHostile(b *testing.B) {
	for name, line := range map[string]string{
		"open":             `{"a":"`,
		"commas":           strings.Repeat(",", 16<<10),
		"keys":             keys(64),
		"nested":           strings.Repeat(`{"a":[`, 6),
		"objects":          strings.Repeat("{},", 5000),
		"open, then empty": `{"a":"` + strings.Repeat("\n", 1000),
	} {
		lines := strings.Split(strings.Repeat(line+"\n", 64<<10/(len(line)+1)), "\n")
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Parse(lines, origin, Limits{})
			}
		})
	}
}
