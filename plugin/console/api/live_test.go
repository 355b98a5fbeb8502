package api_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
)

var idLine = regexp.MustCompile(`^id: [0-9]+$`)

// TestLive: a stream yields what is asked for, one JSON object an event, in
// the instance's zone, with nothing in it that could break a line.
func TestLive(t *testing.T) {
	source := &consoletest.Source{
		Zone: consoletest.Berlin(t),
		EventList: []record.Event{
			{Seq: 1, ID: "a", Time: consoletest.Now, Category: "booking", Text: "one\ntwo"},
			{Seq: 2, ID: "b", Time: consoletest.Now, Category: "login", Text: "three"},
		},
		RequestList: []record.Request{
			{Time: consoletest.Now, IP: netip.MustParseAddr("203.0.113.7"), Method: "GET", Path: "/a", Status: 200},
			{Time: consoletest.Now, IP: netip.MustParseAddr("203.0.113.8"), Method: "GET", Path: "/b\u009b\n", Status: 404},
		},
	}
	for target, want := range map[string][]string{
		"/api/v1/events/live":                     {"one\ntwo", "three"},
		"/api/v1/events/live?category=login":      {"three"},
		"/api/v1/requests/live":                   {"/a", "/b\u009b\n"},
		"/api/v1/requests/live?status=4xx":        {"/b\u009b\n"},
		"/api/v1/requests/live?ip=203.0.113.0/24": {"/a", "/b\u009b\n"},
	} {
		res := consoletest.Get(consoletest.New(t, source, console.RoleApplication, console.RoleSecurity), target)
		if res.Code != http.StatusOK || res.Header().Get("Content-Type") != "text/event-stream" {
			t.Fatalf("%s: %d %v", target, res.Code, res.Header())
		}
		var got []string
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				if line := lines.Text(); line != "" && line[0] != ':' && !idLine.MatchString(line) {
					t.Errorf("%s: a line of its own: %q", target, line)
				}
				continue
			}
			if strings.Contains(data, "\u009b") {
				t.Errorf("%s: a control character as it is: %q", target, data)
			}
			var v struct{ Text, Path, Time string }
			if err := json.Unmarshal([]byte(data), &v); err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(v.Time, "+01:00") {
				t.Errorf("%s: time %s", target, v.Time)
			}
			got = append(got, v.Text+v.Path)
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
}

func TestLiveIsRefused(t *testing.T) {
	source := &consoletest.Source{Zone: consoletest.Berlin(t)}
	for target, want := range map[string]int{
		"/api/v1/requests/live":              http.StatusForbidden,
		"/api/v1/events/live?limit=3":        http.StatusBadRequest,
		"/api/v1/events/live?nonsense=3":     http.StatusBadRequest,
		"/api/v1/events/live?type=not+a+one": http.StatusBadRequest,
	} {
		if res := consoletest.Get(consoletest.New(t, source, console.RoleApplication), target); res.Code != want {
			t.Errorf("%s: %d, want %d", target, res.Code, want)
		}
	}
}

// A reader who comes back gets what was recorded meanwhile, and what is in the log and
// in the stream once.
func TestLiveContinues(t *testing.T) {
	source := &consoletest.Source{Zone: consoletest.Berlin(t), EventList: []record.Event{
		{Seq: 1, Category: "login", Text: "one"}, {Seq: 2, Category: "booking", Text: "two"}, {Seq: 4, Category: "login", Text: "four"},
	}}
	served := consoletest.New(t, source, console.RoleApplication)
	for last, want := range map[string]string{
		"": "1 2 4", "0": "1 2 4", "1": "2 4", "3": "4",
	} {
		res := consoletest.Get(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if last != "" {
				r.Header.Set("Last-Event-ID", last)
			}
			served.ServeHTTP(w, r)
		}), "/api/v1/events/live")
		var got []string
		for line := range strings.Lines(res.Body.String()) {
			if id, ok := strings.CutPrefix(line, "id: "); ok {
				got = append(got, strings.TrimSpace(id))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("after %q: %q, want %s", last, got, want)
		}
	}
}
