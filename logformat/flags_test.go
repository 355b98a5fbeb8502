package logformat

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

func writtenFlags(t testing.TB, format WriterFormat, flags ...record.Flag) string {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, format, berlin)
	if err := errors.Join(w.Flags(flags...), w.Flush()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFlags(t *testing.T) {
	flags := []record.Flag{
		{ID: "a1", Subject: record.FlagSubject{Kind: record.AddressSubject, Value: "203.0.113.7/32"}, State: record.FlagBanned, Review: record.ReviewNew, Country: "DE", ASN: 3320, Strikes: 2,
			Rules: []record.FlagRule{{Rule: "http-probing", Count: 22}, {Rule: "login-bf", Count: 6}},
			Since: time.Date(2026, 1, 31, 9, 31, 20, 0, time.UTC), Until: time.Date(2026, 1, 31, 10, 31, 20, 0, time.UTC), Changed: time.Date(2026, 1, 31, 9, 31, 20, 0, time.UTC)},
		{ID: "a2", Subject: record.FlagSubject{Kind: record.AccountSubject, Value: "=ada"}, State: record.FlagThrottled, Scope: "agent", Review: record.ReviewConfirmed},
	}
	const table = `
Address         Country  Rules                   State              Review     Since (Europe/Berlin)  Until                Strikes
203.0.113.7/32  DE       http-probing, login-bf  banned             new        2026-01-31 10:31:20    2026-01-31 11:31:20        2
account =ada    -        -                       throttled (agent)  confirmed  -                      -                          0
`
	if got := "\n" + writtenFlags(t, Table, flags...); got != table {
		t.Errorf("got%s\nwant%s", got, table)
	}
	const rows = `id,kind,subject,state,review,rules,requests,scope,since,until,changed,strikes,country,asn
a1,address,203.0.113.7/32,banned,new,http-probing login-bf,28,,2026-01-31T10:31:20+01:00,2026-01-31T11:31:20+01:00,2026-01-31T10:31:20+01:00,2,DE,3320
a2,account,'=ada,throttled,confirmed,,0,agent,,,,0,,
`
	if got := writtenFlags(t, CSV, flags...); got != rows {
		t.Errorf("got\n%s\nwant\n%s", got, rows)
	}
	var back record.Flag
	line, _, _ := strings.Cut(writtenFlags(t, NDJSONLines, flags...), "\n")
	if err := json.Unmarshal([]byte(line), &back); err != nil || !back.Until.Equal(flags[0].Until) || !strings.Contains(line, `"until":"2026-01-31T11:31:20+01:00"`) {
		t.Errorf("%v: %s", err, line)
	}
}

func TestNoFlagRunsInATerminal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := hostileText().Draw(rt, "text")
		f := record.Flag{ID: s, Subject: record.FlagSubject{Kind: record.SubjectKind(s), Value: s}, State: record.FlagState(s), Review: record.Review(s), Scope: s, Country: s, Rules: []record.FlagRule{{Rule: s}}}
		for _, format := range []WriterFormat{Table, CSV, NDJSONLines} {
			for _, r := range writtenFlags(t, format, f) {
				if r != '\n' && display.Invisible(r) {
					rt.Fatalf("%s: %U of %q is written as it is", format, r, s)
				}
			}
		}
	})
}
