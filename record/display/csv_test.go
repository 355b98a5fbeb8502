package display

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

func TestPlainCell(t *testing.T) {
	for in, want := range map[string]string{
		"":            "",
		"plain":       "plain",
		"a=b":         "a=b",
		"=1+1":        "'=1+1",
		"+1":          "'+1",
		"-1":          "'-1",
		"@SUM(A1)":    "'@SUM(A1)",
		"\t=1":        "'⇥=1",
		"\r=1":        "'[U+000D]=1",
		"\n=1":        "'↵=1",
		"  =1":        "'  =1",
		"\u00a0=1":    "'\u00a0=1",
		"\u3000＝1":    "'\u3000＝1",
		"\u2003＝1":    "'\u2003＝1",
		"＋1":          "'＋1",
		"'=1":         "'=1",
		"\ufeff=1":    "[U+FEFF]=1",
		"\xff=1":      `\xFF=1`,
		"line\nbreak": "line↵break",

		"123456789012345":     "123456789012345",
		"1234567890123456":    "'1234567890123456",
		"007":                 "'007",
		"0":                   "0",
		"0.25":                "0.25",
		"12e5":                "'12e5",
		"1E+07":               "'1E+07",
		"12e5a":               "12e5a",
		"1e":                  "1e",
		"2026-11-29T03:00:00": "2026-11-29T03:00:00",
	} {
		if got := plainCell(in); got != want {
			t.Errorf("plainCell(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestCSV: whatever a record has or lacks, each cell has its name, and every
// text in it is guarded.
func TestCSV(t *testing.T) {
	request, event := record.Request{Error: new(record.Failure)}, record.Event{Subject: new(record.Subject), Initiator: new(record.Initiator), Action: new(record.Action)}
	for _, v := range []any{&request, request.Error, &event, event.Subject, event.Initiator, event.Action} {
		for i, s := 0, reflect.ValueOf(v).Elem(); i < s.NumField(); i++ {
			if f := s.Field(i); f.Kind() == reflect.String {
				f.SetString("=" + s.Type().Field(i).Name)
			}
		}
	}
	event.Changes = []record.Change{{Field: "=Field"}}
	event.Details = []byte("\u202e")
	for _, c := range []struct {
		name         string
		header       []string
		full, barren []string
		quoted       int
		sample       map[string]string
	}{
		{"request", RequestHeader, RequestRow(&request, time.UTC), RequestRow(new(record.Request), time.UTC), 20, map[string]string{
			"path": "'=Path", "verdict": "'=Verdict", "error_source": "'=Source", "error_integration": "'=Integration", "time": "", "ip": "", "asn": "", "duration_ms": "0",
		}},
		{"event", EventHeader, EventRow(&event, time.UTC), EventRow(new(record.Event), time.UTC), 15, map[string]string{
			"id": "'=ID", "subject_label": "'=Label", "text": "'=Text", "initiator_kind": "'=Kind", "action_href": "'=Href",
			"changes": "'=Field: - → -", "details": "[U+202E]", "anonymized": "false",
		}},
	} {
		if len(c.full) != len(c.header) || len(c.barren) != len(c.header) {
			t.Fatalf("%s: %d names, %d and %d cells", c.name, len(c.header), len(c.full), len(c.barren))
		}
		quoted, got := 0, map[string]string{}
		for i, cell := range c.full {
			got[c.header[i]] = cell
			if strings.HasPrefix(cell, "'") {
				quoted++
			}
		}
		for name, want := range c.sample {
			if cell, ok := got[name]; cell != want || !ok {
				t.Errorf("%s: %s is %q, want %q", c.name, name, cell, want)
			}
		}
		if quoted != c.quoted {
			t.Errorf("%s: %d cells are guarded, want %d: %q", c.name, quoted, c.quoted, c.full)
		}
	}
}
