package e2e

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// usage is one way to call a command, and how it ends.
type usage struct {
	args []string
	code int
	says []string // on standard error, if the code is not 0
}

func checkUsage(t *testing.T, g *gate, cases []usage) {
	t.Helper()
	for _, c := range cases {
		stdout, stderr, code := g.run(c.args...)
		if code != c.code {
			t.Errorf("gatebook %s: exit %d, want %d: %s", strings.Join(c.args, " "), code, c.code, stderr)
		}
		for _, want := range c.says {
			if !strings.Contains(stderr, want) {
				t.Errorf("gatebook %s does not say %q: %s", strings.Join(c.args, " "), want, stderr)
			}
		}
		if code != 0 && (stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "gatebook: ")) {
			t.Errorf("gatebook %s: an error is one line on standard error, not %q and %q", strings.Join(c.args, " "), stdout, stderr)
		}
	}
}

// Wrong usage ends with 2 and names the flag; what cannot be done ends with 1
// and says what to do.
func TestWrongUsage(t *testing.T) {
	t.Parallel()
	up := application(t, tellsOfEverything)
	g := startGate(t, up, setup{noConsoles: true})
	g.opened()
	nobody, at := freeAddress(t), "--address="+g.admin
	checkUsage(t, g, []usage{
		{[]string{"events", at, "--colour", "red"}, 2, []string{"--colour", "events --help"}},
		{[]string{"gatebook", "events", at, "--colour", "red"}, 2, []string{"--colour"}},
		{[]string{"requests", at, "-x"}, 2, []string{"-x", "requests --help"}},
		{[]string{"stats", at, "--json=maybe"}, 2, []string{"--json", "maybe"}},
		{[]string{"events", at, "yesterday"}, 2, []string{"yesterday", "events --help"}},
		{[]string{"events", at, "--limit", "many"}, 2, []string{"--limit", "many"}},
		{[]string{"events", at, "--limit", "-1"}, 2, []string{"--limit", "-1", "0 (all)"}},
		{[]string{"events", at, "--limit", "2.5"}, 2, []string{"--limit", "2.5"}},
		{[]string{"events", at, "--format", "xml"}, 2, []string{"--format", "xml", "ndjson"}},
		{[]string{"events", at, "--from", "yesteryear"}, 2, []string{"from", "yesteryear", "RFC 3339"}},
		{[]string{"events", at, "--to", "2026-13-40"}, 2, []string{"to", "2026-13-40"}},
		{[]string{"events", at, "--outcome", "maybe"}, 2, []string{"outcome", "maybe", "denied"}},
		{[]string{"events", at, "--category", "No Category"}, 2, []string{"category", "No Category"}},
		{[]string{"events", at, "--status", "404"}, 2, []string{"--status"}},
		{[]string{"requests", at, "--ip", "1.2.3"}, 2, []string{"ip", "1.2.3"}},
		{[]string{"requests", at, "--status", "40x"}, 2, []string{"status", "40x"}},
		{[]string{"requests", at, "--asn", "AS"}, 2, []string{"asn", "AS"}},
		{[]string{"requests", at, "--verdict", "shoot"}, 2, []string{"verdict", "shoot"}},
		{[]string{"events", at, "--data-dir", g.data}, 2, []string{"--address", "--data-dir", "not both"}},
		{[]string{"events", "--address", "not an address:x:y"}, 2, []string{"--address", "localhost:2019"}},
		{[]string{"proxy", "--from", ":0"}, 2, []string{"--to"}},
		{[]string{"proxy", "--to", "ftp://x"}, 2, []string{"--to", "ftp://x"}},
		{[]string{"proxy", "--to", "localhost"}, 2, []string{"--to", "localhost", "port"}},

		{[]string{"events", "--address", nobody}, 1, []string{"no server answers", nobody}},
		{[]string{"stats", "--address", nobody}, 1, []string{"no server answers", nobody}},
		{[]string{"events", at, "--instance", "acne"}, 1, []string{"acne", "acme"}},
		{[]string{"events", at, "--token-file", "/nonexistent"}, 1, []string{"/nonexistent", "--token-file"}},
		{[]string{"events", "--address", up}, 1, []string{up}},
		{[]string{"events", "--data-dir", g.dir + "/nothing"}, 1, []string{"nothing"}},
		{[]string{"events", "--data-dir", t.TempDir()}, 1, []string{"holds no instance's books"}},
		{[]string{"requests", "--data-dir", g.data}, 1, []string{"in use by another process", "--address"}},
	})
}

// What the lists print, in every format.
func TestListFormats(t *testing.T) {
	t.Parallel()
	g := startGate(t, application(t, func(w http.ResponseWriter, r *http.Request) {
		id := strings.TrimPrefix(r.URL.Path, "/")
		w.Header().Set("X-App-Event", fmt.Sprintf(`{"id":%q,"category":"booking","type":"booking.created","subject":{"type":"Booking","id":%q},"text":"=cmd|'/C calc'!A0 \u001b[31mred","initiator":{"id":"u_17","name":"Flexopus Support","email":"support@flexopus.com"}}`, id, id))
	}), setup{noConsoles: true})
	g.opened()
	const many = 120
	for i := range many {
		g.get(fmt.Sprintf("/e%03d", i))
	}
	eventually(t, "all is recorded", func() bool { return g.health().ServerLog.Entries == many })

	for _, c := range []struct {
		limit string
		want  int
	}{{"0", many}, {"", 50}, {"1", 1}, {"60", 60}, {"1000", many}} {
		args := []string{"--format", "ndjson"}
		if c.limit != "" {
			args = append(args, "--limit", c.limit)
		}
		events := decodeLines[event](t, g.ask(append([]string{"events"}, args...)...))
		requests := decodeLines[request](t, g.ask(append([]string{"requests"}, args...)...))
		if len(events) != c.want || len(requests) != c.want {
			t.Errorf("--limit %q: %d events and %d requests, want %d", c.limit, len(events), len(requests), c.want)
		}
		if events[0].ID != "e119" || requests[0].Path != "/e119" {
			t.Errorf("--limit %q begins with %s and %s", c.limit, events[0].ID, requests[0].Path)
		}
	}
	for _, list := range []string{"events", "requests"} {
		if piped := g.ask(list); !json.Valid([]byte(strings.SplitN(piped, "\n", 2)[0])) {
			t.Errorf("%s in a pipe: %.200s", list, piped)
		}
		rows, err := csv.NewReader(strings.NewReader(g.ask(list, "--format", "csv", "--limit", "0"))).ReadAll()
		if err != nil || len(rows) != many+1 || rows[0][0] == "" {
			t.Errorf("%s as CSV: %d rows, %v", list, len(rows), err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") || strings.ContainsRune(cell, '\x1b') {
					t.Errorf("%s as CSV has the cell %q", list, cell)
				}
			}
		}
		table := g.ask(list, "--format", "table", "--limit", "0")
		if lines := strings.Count(table, "\n"); lines != many+1 {
			t.Errorf("%s as a table has %d lines", list, lines)
		}
		if strings.ContainsRune(table, '\x1b') || !strings.Contains(table, "e119") {
			t.Errorf("%s as a table: %.300s", list, table)
		}
	}
	checkTimes(t, g, many)
}

// checkTimes finds all or nothing by times in every form that is understood.
func checkTimes(t *testing.T, g *gate, all int) {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().In(berlin)
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"--from", "1h"}, all},
		{[]string{"--from", "2d"}, all},
		{[]string{"--to", "1h"}, 0},
		{[]string{"--from", now.AddDate(0, 0, -1).Format(time.DateOnly)}, all},
		{[]string{"--from", now.AddDate(0, 0, 1).Format(time.DateOnly)}, 0},
		{[]string{"--from", now.AddDate(0, 0, -1).Format(time.DateOnly), "--to", now.AddDate(0, 0, 1).Format(time.DateOnly)}, all},
		{[]string{"--to", now.AddDate(0, 0, -2).Format(time.DateOnly)}, 0},
		{[]string{"--from", now.Add(-time.Hour).Format(time.RFC3339), "--to", now.Add(time.Hour).UTC().Format(time.RFC3339)}, all},
		{[]string{"--from", now.Add(time.Hour).Format(time.RFC3339)}, 0},
	} {
		if n := len(g.events(c.args...)); n != c.want {
			t.Errorf("events %v: %d, want %d", c.args, n, c.want)
		}
		if n := len(g.requests(c.args...)); n != c.want {
			t.Errorf("requests %v: %d, want %d", c.args, n, c.want)
		}
	}
	if _, offset := g.events()[0].Time.Zone(); offset != offsetOf(now) {
		t.Errorf("times are not shown in the instance's zone: %s", g.events()[0].Time)
	}
}

func offsetOf(t time.Time) int { _, offset := t.Zone(); return offset }

// Of several instances one must be named, to the server and to a directory.
func TestSeveralInstances(t *testing.T) {
	t.Parallel()
	g := startGate(t, application(t, tellsOfEverything), setup{caddyfile: twoInstances})
	g.opened()
	g.get("/header-of-acme")
	at := "--address=" + g.admin
	for _, command := range []string{"events", "requests", "errors", "stats"} {
		checkUsage(t, g, []usage{
			{[]string{command, at}, 2, []string{"--instance", "acme, beta"}},
			{[]string{command, at, "--instance", "gamma"}, 1, []string{"gamma", "acme, beta"}},
			{[]string{command, at, "--instance", "beta"}, 0, nil},
		})
	}
	if list := g.ask("events", "--instance", "acme"); !strings.Contains(list, "header-of-acme") {
		t.Errorf("the events of acme are %s", list)
	}
	g.stop()
	for _, command := range []string{"events", "requests", "errors", "stats"} {
		checkUsage(t, g, []usage{
			{[]string{command, "--data-dir", g.data}, 2, []string{"--instance", "acme, beta"}},
			{[]string{command, "--data-dir", g.data, "--instance", "gamma"}, 1, []string{"gamma", "acme, beta"}},
			{[]string{command, "--data-dir", g.data + "/acme", "--instance", "beta"}, 1, []string{"acme", "beta"}},
			{[]string{command, "--data-dir", g.data, "--instance", "beta"}, 0, nil},
			{[]string{command, "--data-dir", g.data + "/acme"}, 0, nil},
		})
	}
	if list, _, _ := g.run("requests", "--data-dir", g.data, "--instance", "acme"); !strings.Contains(list, "/header-of-acme") {
		t.Errorf("the requests of acme are %s", list)
	}
}
