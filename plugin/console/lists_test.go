package console_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// TestPagingAPI follows the cursor to the end while entries arrive.
func TestPagingAPI(t *testing.T) {
	source := consoletest.Many(t, 100)
	c := consoletest.New(t, source, console.RoleApplication)
	var got []uint64
	for cursor, page := "", 0; page == 0 || cursor != ""; page++ {
		var answer struct {
			Events []struct{ Seq uint64 }
			Next   string
		}
		if err := json.Unmarshal(consoletest.Get(c, "/api/v1/events?limit=7&cursor="+url.QueryEscape(cursor)).Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		for _, e := range answer.Events {
			got = append(got, e.Seq)
		}
		cursor = answer.Next
		source.Add(uint64(1000+page), consoletest.Now)
	}
	checkCountdown(t, got, 100)
}

// TestPagingPages follows the link "Older", and from there "Newest".
func TestPagingPages(t *testing.T) {
	c := consoletest.New(t, consoletest.Many(t, 120), console.RoleApplication)
	older := regexp.MustCompile(`<a rel="next" href="/logs(/[^"]*)">Older</a>`)
	newest := regexp.MustCompile(`<a href="/logs(/[^"]*)">Newest</a>`)
	var got []uint64
	var sizes []int
	at := "/?category=booking"
	for at != "" {
		w := consoletest.Get(c, at)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: status %d", at, w.Code)
		}
		body := w.Body.String()
		keys := regexp.MustCompile(`data-key="(\d+)"`).FindAllStringSubmatch(body, -1)
		for _, key := range keys {
			var seq uint64
			fmt.Sscan(key[1], &seq)
			got = append(got, seq)
		}
		sizes = append(sizes, len(keys))
		back := newest.FindStringSubmatch(body)
		if first := len(sizes) == 1; first != (back == nil) {
			t.Errorf("page %d: link to the newest: %v", len(sizes), back)
		} else if !first && html.UnescapeString(back[1]) != "/?category=booking" {
			t.Errorf("the newest are at %s", back[1])
		}
		if live := strings.Contains(body, "data-stream"); live != (len(sizes) == 1) {
			t.Errorf("page %d: live is %v", len(sizes), live)
		}
		at = ""
		if m := older.FindStringSubmatch(body); m != nil {
			at = html.UnescapeString(m[1])
		}
	}
	if fmt.Sprint(sizes) != "[50 50 20]" {
		t.Errorf("pages of %v", sizes)
	}
	checkCountdown(t, got, 120)
}

func checkCountdown(t *testing.T, got []uint64, from int) {
	t.Helper()
	if len(got) != from {
		t.Errorf("got %d entries, want %d", len(got), from)
	}
	for i, seq := range got {
		if seq != uint64(from-i) {
			t.Fatalf("entry %d is %d, want %d: %v", i, seq, from-i, got)
		}
	}
}

// TestExportIsWhole exports more than one page of the source has.
func TestExportIsWhole(t *testing.T) {
	c := consoletest.New(t, consoletest.Many(t, 2*query.MaxLimit+5), console.RoleApplication)
	rows, err := csv.NewReader(consoletest.Get(c, "/api/v1/events.csv").Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2*query.MaxLimit+6 || rows[0][0] != "seq" || rows[1][0] != "2005" || rows[2005][0] != "1" {
		t.Errorf("%d rows, from %v to %v", len(rows), rows[1], rows[len(rows)-1])
	}
	var got []uint64
	// Without the entry that the first export left.
	lines := json.NewDecoder(consoletest.Get(c, "/api/v1/events.ndjson?q=-category:gatebook").Body)
	for {
		var e record.Event
		if err := lines.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Seq)
	}
	checkCountdown(t, got, 2*query.MaxLimit+5)
}

// TestExportBreaks: a client must not take half a file for a whole one.
func TestExportBreaks(t *testing.T) {
	source := consoletest.Many(t, 2*query.MaxLimit)
	broken := errors.New("disk error")
	source.Fail = func(cursor string) error {
		if cursor != "" {
			return broken
		}
		return nil
	}
	c := consoletest.New(t, source, console.RoleApplication)
	var reported error
	c.Report = func(err error) { reported = err }
	server := httptest.NewServer(c)
	defer server.Close()
	for _, path := range []string{"/api/v1/events.csv", "/api/v1/events.ndjson"} {
		answer, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %d bytes ended with %v", path, len(body), err)
		}
		if !errors.Is(reported, broken) {
			t.Errorf("%s: reported %v", path, reported)
		}
	}
}

// TestClockChanges: an hour that the clock showed twice says which it was.
func TestClockChanges(t *testing.T) {
	for _, test := range []struct{ utc, shown, iso string }{
		{"2026-03-29T00:59:59Z", "2026-03-29 01:59:59<", "2026-03-29T01:59:59+01:00"},
		{"2026-03-29T01:00:00Z", "2026-03-29 03:00:00<", "2026-03-29T03:00:00+02:00"},
		{"2026-10-24T23:59:59Z", "2026-10-25 01:59:59<", "2026-10-25T01:59:59+02:00"},
		{"2026-10-25T00:00:00Z", `2026-10-25 02:00:00 <span class="offset">+02:00</span><`, "2026-10-25T02:00:00+02:00"},
		{"2026-10-25T00:59:59Z", `2026-10-25 02:59:59 <span class="offset">+02:00</span><`, "2026-10-25T02:59:59+02:00"},
		{"2026-10-25T01:00:00Z", `2026-10-25 02:00:00 <span class="offset">+01:00</span><`, "2026-10-25T02:00:00+01:00"},
		{"2026-10-25T01:59:59Z", `2026-10-25 02:59:59 <span class="offset">+01:00</span><`, "2026-10-25T02:59:59+01:00"},
		{"2026-10-25T02:00:00Z", "2026-10-25 03:00:00<", "2026-10-25T03:00:00+01:00"},
	} {
		at, err := time.Parse(time.RFC3339, test.utc)
		if err != nil {
			t.Fatal(err)
		}
		source := &consoletest.Source{Zone: consoletest.Berlin(t)}
		source.Add(1, at)
		c := consoletest.New(t, source, console.RoleApplication)
		page := html.UnescapeString(consoletest.Get(c, "/?from=").Body.String())
		if !strings.Contains(page, `<time datetime="`+test.iso+`">`+test.shown) {
			t.Errorf("%s is not shown as %s", test.utc, test.shown)
		}
		for _, path := range []string{"/api/v1/events", "/api/v1/events/1", "/api/v1/events.ndjson", "/api/v1/events.csv"} {
			if body := consoletest.Get(c, path).Body.String(); !strings.Contains(body, test.iso) {
				t.Errorf("%s: %s is not written as %s: %s", path, test.utc, test.iso, body)
			}
		}
	}
}

// TestMark: the script compares the page's mark with what it makes of the
// API's health.
func TestMark(t *testing.T) {
	source := consoletest.Sample(t)
	source.State.ApplicationLog.Late = 7
	source.State.ApplicationLog.Dropped = 9
	c := consoletest.New(t, source, console.RoleApplication)
	var health struct {
		Log struct {
			State                                      string
			Entries, Recorded, Rejected, Late, Dropped int
		} `json:"application_log"`
	}
	if err := json.Unmarshal(consoletest.Get(c, "/api/v1/health").Body.Bytes(), &health); err != nil {
		t.Fatal(err)
	}
	b := health.Log
	want := fmt.Sprintf(`data-mark="%s/%d/%d/%d/%d/%d"`, b.State, b.Entries, b.Recorded, b.Rejected, b.Late, b.Dropped)
	if want != `data-mark="ok/6/6/2/7/9"` || !strings.Contains(consoletest.Get(c, "/").Body.String(), want) {
		t.Errorf("the page does not have %s", want)
	}
}

func TestStaticNotModified(t *testing.T) {
	c := consoletest.New(t, consoletest.Sample(t), console.RoleApplication)
	first := consoletest.Get(c, "/static/console.css")
	r := httptest.NewRequest("GET", "/static/console.css", nil)
	r.Header.Set("If-None-Match", first.Header().Get("ETag"))
	again := httptest.NewRecorder()
	c.ServeHTTP(again, r)
	if first.Body.Len() == 0 || again.Code != http.StatusNotModified {
		t.Errorf("first %d bytes, then status %d", first.Body.Len(), again.Code)
	}
}
