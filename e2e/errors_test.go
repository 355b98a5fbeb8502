package e2e

import (
	"encoding/csv"
	"encoding/json"
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// What fails is kept with its request, stripped from the response, and found
// in groups: by the API, by the command against the server and against the
// directory, and on the page.
func TestErrorsAreFoundInGroups(t *testing.T) {
	t.Parallel()
	g := startGate(t, application(t, failingApplication), setup{site: strings.ReplaceAll(failingSite, "{{dead}}", freeAddress(t))})
	g.opened()
	made := visitFailures(t, g)

	requests := g.requests()
	checkKeptFailures(t, requests)
	groups := decodeErrors(t, g, "")
	checkFailures(t, groups, requests)
	if _, offset := groups[0].Last.Zone(); offset != offsetOf(requests[0].Time) {
		t.Errorf("times are not in the instance's zone: %s", groups[0].Last)
	}
	if found := decodeErrors(t, g, "?integration=microsoft+365"); len(found) != 1 || found[0].Type != "GraphException" {
		t.Errorf("of one integration: %+v", found)
	}
	if body := g.askSecurity(t, "api/v1/requests/summary?status=5xx"); !strings.Contains(body, `"requests":6,`) {
		t.Errorf("the summary of what failed: %s", body)
	}
	checkErrorsPage(t, g)
	checkErrorsCommand(t, g, "--address="+g.admin, requests)
	g.stop()

	checkErrorsCommand(t, g, "--data-dir="+g.data, requests)
	kept, stderr, code := g.run("requests", "--data-dir", g.data, "--limit", "0")
	if n := len(decodeLines[request](t, kept)); code != 0 || n != made {
		t.Errorf("the directory has %d requests, want %d (exit %d, %s)", n, made, code, stderr)
	}
}

// askSecurity asks the security console.
func (g *gate) askSecurity(t *testing.T, path string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+g.security+"/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("sec", password)
	status, body := do(t, req)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, status, body)
	}
	return body
}

func decodeErrors(t *testing.T, g *gate, query string) []failures {
	t.Helper()
	body := g.askSecurity(t, "api/v1/errors"+query)
	var answer struct {
		Errors []failures
		Next   *string
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Next == nil || *answer.Next != "" {
		t.Fatalf("%v: %s", err, body)
	}
	return answer.Errors
}

// checkKeptFailures finds each failure with its request.
func checkKeptFailures(t *testing.T, requests []request) {
	t.Helper()
	for _, r := range requests {
		switch e := r.Error; r.Path {
		case "/desks/23", "/desks/24":
			if e == nil || e.Source != "app" || e.Type != "QueryException" || e.Message != r.Path+": server has \x1b[31mgone away" ||
				e.Where != "app/BookingController.php:88" || e.Trace != "#0 app/BookingController.php(88)\n#1 {main}" {
				t.Errorf("%s is kept with %+v", r.Path, e)
			}
		case "/dead", "/slow":
			if e == nil || e.Source != "gate" || e.Message == "" {
				t.Errorf("%s is kept with %+v", r.Path, e)
			}
		case "/fine", "/plain", "/missing":
			if e != nil {
				t.Errorf("%s is kept with %+v", r.Path, e)
			}
		}
	}
}

// checkFailures holds groups against what was visited, and their times
// against the requests, newest first, that they are made of.
func checkFailures(t *testing.T, groups []failures, requests []request) {
	t.Helper()
	if len(groups) != len(wantFailures) {
		t.Fatalf("%d groups: %+v", len(groups), groups)
	}
	for i, want := range wantFailures {
		got := groups[i]
		if want.Source == "gate" { // what Caddy calls it is Caddy's own
			if got.Type == "" {
				t.Errorf("%s has no type", got.Route)
			}
			got.Type, got.Where = "", ""
		}
		if got.Source != want.Source || got.Type != want.Type || got.Where != want.Where || got.Integration != want.Integration || got.Route != want.Route ||
			got.Count != want.Count || got.Example.Path != want.Example.Path || got.Example.Status != want.Example.Status {
			t.Errorf("group %d is %+v, want %+v", i, got, want)
		}
		var times []time.Time
		for _, r := range requests {
			if pattern := strings.TrimPrefix(want.Route, "GET "); r.Path == pattern || strings.HasSuffix(pattern, "*") && strings.HasPrefix(r.Path, strings.TrimSuffix(pattern, "*")) {
				times = append(times, r.Time)
			}
		}
		if !got.Last.Equal(times[0]) || !got.Example.Time.Equal(times[0]) || !got.First.Equal(times[len(times)-1]) {
			t.Errorf("%s: from %s to %s, the example of %s, want %s", got.Route, got.First, got.Last, got.Example.Time, times)
		}
	}
}

// checkErrorsCommand asks the command in every form.
func checkErrorsCommand(t *testing.T, g *gate, books string, requests []request) {
	t.Helper()
	errorsOf := func(args ...string) string {
		t.Helper()
		stdout, stderr, code := g.run(append([]string{"errors", books}, args...)...)
		if code != 0 || stderr != "" {
			t.Fatalf("gatebook errors %s %v: exit %d, %s", books, args, code, stderr)
		}
		return stdout
	}
	checkFailures(t, decodeLines[failures](t, errorsOf()), requests)
	for args, want := range map[[2]string]int{
		{"--integration", "MICROSOFT 365"}: 1, {"--integration", "Slack"}: 0, {"--from", "1h"}: len(wantFailures), {"--to", "1h"}: 0,
	} {
		if n := len(decodeLines[failures](t, errorsOf(args[:]...))); n != want {
			t.Errorf("%s %v: %d groups, want %d", books, args, n, want)
		}
	}
	table := errorsOf("--format", "table")
	if lines := strings.Split(table, "\n"); len(lines) != len(wantFailures)+2 || !strings.HasPrefix(lines[0], "Count  First (") || strings.Contains(table, "\x1b") ||
		!strings.Contains(lines[4], "Microsoft 365") || !strings.Contains(lines[5], "GET /desks/*") {
		t.Errorf("%s: the table is\n%s", books, table)
	}
	rows, err := csv.NewReader(strings.NewReader(errorsOf("--format", "csv"))).ReadAll()
	if err != nil || len(rows) != len(wantFailures)+1 || rows[0][0] != "count" || !slices.Contains(rows[5], "/desks/24: server has [U+001B][31mgone away") {
		t.Errorf("%s: the rows are %q, %v", books, rows, err)
	}
	checkUsage(t, g, []usage{
		{[]string{"errors", books, "--limit", "3"}, 2, []string{"--limit"}},
		{[]string{"errors", books, "--from", "yesteryear"}, 2, []string{"--from", "yesteryear", "RFC 3339"}},
		{[]string{"errors", books, "--format", "xml"}, 2, []string{"--format", "xml"}},
		{[]string{"errors", books, "--instance", "acne"}, 1, []string{"acne"}},
		{[]string{"requests", books, "--limit", "0", "--status", "40x"}, 2, []string{"--status", "40x"}},
	})
}

// checkErrorsPage follows the page's link into the server log.
func checkErrorsPage(t *testing.T, g *gate) {
	t.Helper()
	page := html.UnescapeString(g.askSecurity(t, "errors"))
	for _, want := range []string{"5 different errors", "QueryException", "GET /desks/*", "Microsoft 365", "[U+001B][31mgone away", "#1 {main}"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	requests := g.askSecurity(t, "requests?from=30d&method=GET&path=%2Fdesks%2F%2A&status=500")
	if !strings.Contains(page, `href="/requests?from=30d&method=GET&path=%2Fdesks%2F%2A&status=500"`) || !strings.Contains(requests, "3 requests in") {
		t.Error("the page does not lead to the requests in the server log")
	}
}
