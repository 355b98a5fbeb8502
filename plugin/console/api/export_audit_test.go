package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
)

// exports are all paths from which a log can be carried out of the house.
var exports = []string{"events.csv", "events.ndjson", "requests.csv", "requests.ndjson"}

type exportDetails struct {
	Log, Format string
	Rows        int
	BrokeOff    string `json:"broke_off"`
	From, To    string
	Filters     map[string]any
	Without     map[string]any
}

func detailsOf(t *testing.T, e *record.Event) (d exportDetails) {
	t.Helper()
	if err := json.Unmarshal(e.Details, &d); err != nil {
		t.Fatalf("%s: %v", e.Details, err)
	}
	return d
}

// TestEveryExportIsAudited asks for each in every way there is, with whatever
// somebody may think turns it off.
func TestEveryExportIsAudited(t *testing.T) {
	for _, export := range exports {
		for _, query := range []string{
			"", "?from=", "?q=", "?from=2099-01-01", "?from=2026-11-23&to=2026-11-23", "?from=&to=", "?q=nothing-like-this",
			"?from=&from=", "?trace=off", "?note=false", "?log=0", "?limit=0", "?limit=1", "?cursor=x", "?dry_run=true", "?x=%zz",
			"?from=9999-12-31T23:59:59-12:00", "?to=9999-12-31T23:59:59-23:00", "?from=0000-01-01T00:00:00%2B23:00", "?to=0001-01-01",
		} {
			for name, header := range map[string]http.Header{
				"plain": {}, "range": {"Range": {"bytes=0-0"}}, "conditional": {"If-None-Match": {"*"}}, "do not track": {"Dnt": {"1"}, "Sec-Gpc": {"1"}},
				"prefetch": {"Sec-Purpose": {"prefetch"}}, "override": {"X-Http-Method-Override": {"HEAD"}}, "nobody": {"Accept": {"application/x-none"}},
			} {
				source := consoletest.Sample(t)
				c := consoletest.New(t, source, console.RoleApplication, console.RoleSecurity)
				c.User = "anna"
				known := len(source.EventList)
				r := httptest.NewRequest("GET", "/api/v1/"+export+query, nil)
				r.Header = header
				w := httptest.NewRecorder()
				c.ServeHTTP(w, r)
				notes := source.Notes(known)
				if w.Code != http.StatusOK {
					if w.Code != http.StatusBadRequest || len(notes) > 0 || strings.Contains(w.Body.String(), "/desks/23") {
						t.Errorf("%s%s (%s): status %d, %d entries", export, query, name, w.Code, len(notes))
					}
					continue
				}
				if len(notes) != 1 {
					t.Fatalf("%s%s (%s): %d entries", export, query, name, len(notes))
				}
				rows := strings.Count(w.Body.String(), "\n")
				if strings.HasSuffix(export, "csv") {
					rows--
				}
				e := notes[0]
				if d := detailsOf(t, &e); d.Rows != rows || d.BrokeOff != "" || e.Outcome != record.OutcomeSuccess || e.Type != "log.exported" || e.Initiator.Name != "anna" || !strings.HasSuffix(export, d.Format) {
					t.Errorf("%s%s (%s): %d rows left %+v", export, query, name, rows, e)
				}
			}
		}
	}
}

// TestExportsOfPages: what pages offer are the paths that are audited.
func TestExportsOfPages(t *testing.T) {
	c := consoletest.New(t, consoletest.Sample(t), console.RoleApplication, console.RoleSecurity)
	for _, page := range []string{"/", "/requests"} {
		body, offered := consoletest.Get(c, page).Body.String(), 0
		for part := range strings.SplitSeq(body, `href="`) {
			href, after, _ := strings.Cut(part, `"`)
			tag, _, _ := strings.Cut(after, ">")
			path, _, _ := strings.Cut(href, "?")
			if !strings.Contains(tag, "download") {
				continue
			}
			if offered++; !slices.Contains(exports, strings.TrimPrefix(path, "/logs/api/v1/")) {
				t.Errorf("%s offers %s", page, href)
			}
		}
		if offered != 2 {
			t.Errorf("%s offers %d exports", page, offered)
		}
	}
}

// TestAuditEntryNamesNobodyElse: the entry tells what was asked for only as far as that
// can name nobody.
func TestAuditEntryNamesNobodyElse(t *testing.T) {
	for query, want := range map[string]string{
		`events.csv?category=booking&category=login&type=booking.*&outcome=success&initiator=secret&subject=Person:secret&q=secret+-initiator:secret+-type:login.*&from=2026-11-01&to=2026-11-23`: `{"log":"application","format":"csv","rows":0,"from":"2026-11-01T00:00:00+01:00","to":"2026-11-24T00:00:00+01:00",` +
			`"filters":{"category":["booking","login"],"initiator":true,"outcome":["success"],"subject":true,"text":true,"type":["booking.*"]},"without":{"initiator":true,"type":["login.*"]}}`,
		`events.ndjson?category=login&q=category:booking`: `{"log":"application","format":"ndjson","rows":0,"filters":{"category":[]}}`,
		`requests.csv?status=4xx&method=get&ip=198.51.100.77&path=/secret/*&user=secret&q=secret&browser=secret&os=secret&country=secret&asn=64511&verdict=pass`: `{"log":"server","format":"csv","rows":0,` +
			`"filters":{"asn":true,"browser":true,"country":true,"ip":true,"method":"GET","os":true,"path":true,"status":"4xx","text":true,"user":true,"verdict":"pass"}}`,
		`requests.ndjson?status=404&method=secret`: `{"log":"server","format":"ndjson","rows":0,"filters":{"method":true,"status":"404"}}`,
	} {
		source := consoletest.Sample(t)
		c := consoletest.New(t, source, console.RoleApplication, console.RoleSecurity)
		c.User = "anna"
		known := len(source.EventList)
		if w := consoletest.Get(c, "/api/v1/"+query); w.Code != http.StatusOK {
			t.Fatalf("%s: %s", query, w.Body)
		}
		e := source.Notes(known)[0]
		if string(e.Details) != want {
			t.Errorf("%s: %s", query, e.Details)
		}
		encoded, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"secret", "SECRET", "198.51.100.77", "64511"} {
			if strings.Contains(string(encoded), secret) {
				t.Errorf("%s: the entry has %q: %s", query, secret, encoded)
			}
		}
		if !slices.Contains(e.Impersonal, "text") || !slices.Contains(e.Impersonal, "details") || !slices.Contains(e.Impersonal, "params") {
			t.Errorf("what is impersonal: %v", e.Impersonal)
		}
	}
}

// TestHeadLeavesNoTrace: nothing is carried out.
func TestHeadLeavesNoTrace(t *testing.T) {
	source := consoletest.Sample(t)
	c := consoletest.New(t, source, console.RoleApplication, console.RoleSecurity)
	known := len(source.EventList)
	for _, export := range exports {
		if w := consoletest.Do(c, http.MethodHead, "/api/v1/"+export); w.Code != http.StatusOK || w.Body.Len() > 0 {
			t.Errorf("%s: status %d, %d bytes", export, w.Code, w.Body.Len())
		}
	}
	if notes := source.Notes(known); len(notes) > 0 {
		t.Errorf("%+v", notes)
	}
}

// TestBrokenExportLeavesATrace: of what has left the house until then, whoever broke
// it off.
func TestBrokenExportLeavesATrace(t *testing.T) {
	broken := errors.New("disk error")
	source := consoletest.Sample(t)
	known := len(source.EventList)
	c := consoletest.New(t, &stream{source, func(_ context.Context, yield func(*record.Request) error) error {
		if err := numbered(manyRequests, yield); err != nil {
			return err
		}
		return broken
	}}, console.RoleSecurity)
	c.Report = func(error) {}

	// The client leaves before anything has come, and in the middle.
	c.ServeHTTP(left{discard{http.Header{}}}, httptest.NewRequest("GET", "/api/v1/requests.ndjson", nil))
	ctx, cancel := context.WithCancel(t.Context())
	func() {
		defer func() { _ = recover() }()
		c.ServeHTTP(leaving{discard{http.Header{}}, cancel}, httptest.NewRequest("GET", "/api/v1/requests.csv", nil).WithContext(ctx))
	}()
	// The log cannot be read to its end.
	server := httptest.NewServer(c)
	defer server.Close()
	answer, err := http.Get(server.URL + "/api/v1/requests.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(answer.Body)
	answer.Body.Close()
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("ended with %v", err)
	}

	notes := source.Notes(known)
	if len(notes) != 3 {
		t.Fatalf("%d entries", len(notes))
	}
	for i, want := range []struct {
		rows     func(int) bool
		brokeOff string
	}{
		{func(n int) bool { return n > 0 && n < manyRequests }, "the client has left"},
		{func(n int) bool { return n == manyRequests }, "the client has left"},
		{func(n int) bool { return n == manyRequests }, "the log could not be read"},
	} {
		e := notes[i]
		d := detailsOf(t, &e)
		text := fmt.Sprintf("An export of the server log as %s broke off", strings.ToUpper(d.Format))
		if !want.rows(d.Rows) || d.BrokeOff != want.brokeOff || e.Outcome != record.OutcomeFailure || !strings.HasPrefix(e.Text, text) {
			t.Errorf("entry %d: %+v %s", i, d, e.Text)
		}
	}
}

// leaving is a client that leaves once it has read something.
type leaving struct {
	discard
	cancel context.CancelFunc
}

func (l leaving) Write(p []byte) (int, error) { l.cancel(); return len(p), nil }

// TestExportsWithoutApplicationLog: the server log can be exported while no entry
// can be written, which is reported.
func TestExportsWithoutApplicationLog(t *testing.T) {
	for _, export := range exports {
		source := consoletest.Sample(t)
		source.NoteFails = errors.New("the disk is full")
		c := consoletest.New(t, source, console.RoleApplication, console.RoleSecurity)
		var reported error
		c.Report = func(err error) { reported = err }
		if w := consoletest.Get(c, "/api/v1/"+export); w.Code != http.StatusOK || !errors.Is(reported, source.NoteFails) {
			t.Errorf("%s: status %d, reported %v", export, w.Code, reported)
		}
	}
}

// TestTraceIsWrittenBeforeTheEnd: whoever has all of an export can find its entry.
func TestTraceIsWrittenBeforeTheEnd(t *testing.T) {
	source := consoletest.Sample(t)
	server := httptest.NewServer(consoletest.New(t, source, console.RoleApplication, console.RoleSecurity))
	defer server.Close()
	for _, export := range exports {
		known := len(source.Notes(0))
		answer, err := http.Get(server.URL + "/api/v1/" + export)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(answer.Body); err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if len(source.Notes(known)) != 1 {
			t.Errorf("%s: no entry", export)
		}
	}
}

// TestAuditEntriesAreTranslated: pages show what Gatebook wrote in their language, and nothing
// else that has its keys.
func TestAuditEntriesAreTranslated(t *testing.T) {
	source := consoletest.Sample(t)
	source.EventList = nil
	key, params := "gatebook.server_log_exported", map[string]string{"format": "CSV", "rows": "1203"}
	for _, e := range []record.Event{
		{Key: key, Params: params, Text: "said"},
		{Key: key, Params: map[string]string{"format": "CSV"}, Text: "not whole"},
		{Key: "gatebook.unknown", Text: "not known"},
	} {
		if err := source.Note(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	source.EventList = append(source.EventList, record.Event{Time: consoletest.Now, Category: "booking", Key: key, Params: params, Text: "told"})
	c := consoletest.New(t, source, console.RoleApplication)
	r := httptest.NewRequest("GET", "/?from=", nil)
	r.Header.Set("Accept-Language", "de")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	body := w.Body.String()
	for _, want := range []string{"Das Serverprotokoll wurde als CSV exportiert (Zeilen: 1.203).", "not whole", "not known", "told"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if strings.Contains(body, "<bdi>said</bdi>") {
		t.Error("the page says it in English")
	}
	// The entry itself has it in English.
	consoletest.Get(consoletest.New(t, source, console.RoleSecurity), "/api/v1/requests.csv")
	if e := source.Last(); e.Text != "The server log was exported as CSV (rows: 4)." {
		t.Errorf("%q", e.Text)
	}
}
