package logformat

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

var someFailures = []record.FailureGroup{
	{Source: record.SourceApp, Type: "GraphException", Where: "app/Sync.php:88", Integration: "Microsoft 365", Route: "POST /rooms/*/sync", Count: 12,
		First: time.Date(2026, 1, 30, 9, 31, 20, 0, time.UTC), Last: time.Date(2026, 1, 31, 9, 31, 20, 0, time.UTC),
		Example: record.Request{Time: time.Date(2026, 1, 31, 9, 31, 20, 0, time.UTC), Method: "POST", Path: "/rooms/23/sync", Query: "full=1", Status: 503, RequestID: "r1",
			Error: &record.Failure{Source: record.SourceApp, Type: "GraphException", Message: "said \"no\"", Trace: "#0\n#1"}}},
	{Source: record.SourceApp, Type: "HTTP 500", Route: "GET /", Count: 1, Example: record.Request{Method: "GET", Path: "/", Status: 500}},
}

func writtenFailures(t *testing.T, format WriterFormat, groups ...record.FailureGroup) string {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, format, berlin)
	if err := errors.Join(w.Failures(groups...), w.Flush()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFailures(t *testing.T) {
	const table = `
Count  First (Europe/Berlin)  Last                 Source  Type            Where            Integration    Route
   12  2026-01-30 10:31:20    2026-01-31 10:31:20  app     GraphException  app/Sync.php:88  Microsoft 365  POST /rooms/*/sync
    1  -                      -                    app     HTTP 500        -                -              GET /
`
	if got := "\n" + writtenFailures(t, Table, someFailures...); got != table {
		t.Errorf("got%s\nwant%s", got, table)
	}
	const rows = `count,first,last,source,type,where,integration,route,message,example_path,example_query,example_status,example_request_id
12,2026-01-30T10:31:20+01:00,2026-01-31T10:31:20+01:00,app,GraphException,app/Sync.php:88,Microsoft 365,POST /rooms/*/sync,"said ""no""",/rooms/23/sync,full=1,503,r1
1,,,app,HTTP 500,,,GET /,,/,,500,
`
	if got := writtenFailures(t, CSV, someFailures...); got != rows {
		t.Errorf("got\n%s\nwant\n%s", got, rows)
	}
	lines := strings.Split(writtenFailures(t, NDJSONLines, someFailures...), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], `"first":"2026-01-30T10:31:20+01:00"`) || !strings.Contains(lines[0], `"example":{"time":"2026-01-31T10:31:20+01:00"`) {
		t.Errorf("got %q", lines)
	}
	var again record.FailureGroup
	if err := json.Unmarshal([]byte(lines[0]), &again); err != nil || again.Count != 12 || again.Example.Error.Trace != "#0\n#1" {
		t.Errorf("read back %+v, %v", again, err)
	}
}

// What an application tells, and what a client asks for, runs nowhere.
func TestNoFailureRunsInATerminal(t *testing.T) {
	r := record.Request{Method: nasty, Path: nasty, Query: nasty, RequestID: nasty, Status: 500,
		Error: &record.Failure{Source: nasty, Type: nasty, Message: nasty, Where: nasty, Trace: nasty, Integration: nasty}}
	g := r.FailureGroup()
	for format, lines := range map[WriterFormat]int{Table: 2, NDJSONLines: 1, CSV: 2} {
		out := writtenFailures(t, format, g)
		checkLines(t, out)
		if n := strings.Count(out, "\n"); n != lines {
			t.Errorf("%s: %d lines: %q", format, n, out)
		}
		if format == CSV {
			checkCSV(t, out)
		}
	}
}
