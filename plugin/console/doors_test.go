package console_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
)

// The paths of each role, as a browser asks for them.
var (
	applicationPaths = []string{"/events/45886", "/api/v1/events", "/api/v1/events?limit=0", "/api/v1/events/45886", "/api/v1/events/7", "/api/v1/events.csv", "/api/v1/events.ndjson"}
	securityPaths    = []string{"/errors", "/errors?from=", "/requests", "/requests?x=1", "/api/v1/requests", "/api/v1/requests?limit=0", "/api/v1/requests.csv", "/api/v1/requests.ndjson",
		"/api/v1/requests/summary", "/api/v1/errors", "/api/v1/errors?integration=Microsoft+365",
		"/overview", "/flags", "/flags/f1", "/addresses/192.0.2.1", "/incidents", "/incidents?id=r-77", "/decide", "/undo",
		"/learned", "/learned?q=x", "/api/v1/learned", "/api/v1/learned/undo"}
	sharedPaths = []string{"/", "/api/v1/health", "/static/console.css"}
)

// TestDoors tries every path of a role with every other set of roles: each is
// refused before anything is read, and an answer holds nothing of a log.
func TestDoors(t *testing.T) {
	for _, test := range []struct {
		name   string
		roles  []console.Role
		closed []string
	}{
		{"application", []console.Role{console.RoleApplication}, securityPaths},
		{"security", []console.Role{console.RoleSecurity}, applicationPaths},
		{"unknown role", []console.Role{"root"}, append(applicationPaths, securityPaths...)},
		{"no role", nil, append(append(applicationPaths, securityPaths...), sharedPaths...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := consoletest.Sample(t)
			source.Fail = func(string) error { t.Error("a list was read"); return nil }
			c := consoletest.New(t, source, test.roles...)
			for _, path := range test.closed {
				for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
					w := consoletest.Do(c, method, path)
					if w.Code != http.StatusForbidden {
						t.Errorf("%s %s: status %d", method, path, w.Code)
					}
					for _, secret := range []string{"Table 23", "front.desk", "wp-login", "203.0.113.7", "GraphException"} {
						if strings.Contains(w.Body.String(), secret) {
							t.Errorf("%s %s tells %q", method, path, secret)
						}
					}
					if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Frame-Options") != "DENY" {
						t.Errorf("%s %s: header %v", method, path, w.Header())
					}
				}
			}
		})
	}
}

// TestServeAPI is how the admin endpoint asks: under a path of its own.
func TestServeAPI(t *testing.T) {
	c := consoletest.New(t, consoletest.Sample(t), console.RoleApplication, console.RoleSecurity)
	for path, status := range map[string]int{
		"events": 200, "events/45886": 200, "events.csv": 200, "requests": 200, "requests.ndjson": 200, "requests/summary": 200, "errors": 200, "health": 200,
		"": 404, "/events": 404, "api/v1/events": 404, "static/console.css": 404,
	} {
		w := httptest.NewRecorder()
		c.ServeAPI(w, httptest.NewRequest("GET", "/gatebook/acme/"+path, nil), path)
		if w.Code != status {
			t.Errorf("%q: status %d, want %d", path, w.Code, status)
		}
	}
}

// TestErrorsStayInside: what is wrong inside is reported and not shown.
func TestErrorsStayInside(t *testing.T) {
	secret := errors.New("open /var/lib/gatebook: input/output error")
	for _, path := range []string{"/", "/api/v1/events", "/api/v1/events.csv", "/requests", "/errors", "/overview", "/flags", "/incidents", "/learned", "/api/v1/learned", "/api/v1/requests", "/api/v1/requests.csv", "/api/v1/requests/summary", "/api/v1/errors"} {
		source := consoletest.Sample(t)
		source.Fail = func(string) error { return secret }
		c := consoletest.New(t, source, console.RoleApplication, console.RoleSecurity)
		var reported error
		c.Report = func(err error) { reported = err }
		w := consoletest.Get(c, path)
		if w.Code != http.StatusInternalServerError {
			t.Errorf("%s: status %d", path, w.Code)
		}
		if strings.Contains(w.Body.String(), "/var/lib") {
			t.Errorf("%s shows the error: %s", path, w.Body)
		}
		if strings.HasPrefix(path, "/api/") != (w.Header().Get("Content-Type") == "application/problem+json") {
			t.Errorf("%s: content type %q", path, w.Header().Get("Content-Type"))
		}
		if w.Header().Get("Content-Disposition") != "" {
			t.Errorf("%s: an error is offered as a file", path)
		}
		if !errors.Is(reported, secret) {
			t.Errorf("%s: reported %v", path, reported)
		}
	}
}

// TestAskerLeft: a client that goes away makes no noise; the console's Report
// fails the test.
func TestAskerLeft(t *testing.T) {
	for _, path := range []string{"/", "/api/v1/events", "/api/v1/events.csv", "/api/v1/requests.csv", "/api/v1/errors", "/api/v1/requests/summary"} {
		ctx, cancel := context.WithCancel(t.Context())
		source := consoletest.Sample(t)
		source.Fail = func(string) error { cancel(); return ctx.Err() }
		w := httptest.NewRecorder()
		consoletest.New(t, source, console.RoleApplication, console.RoleSecurity).ServeHTTP(w, httptest.NewRequest("GET", path, nil).WithContext(ctx))
		if w.Body.Len() > 0 {
			t.Errorf("%s: wrote %q", path, w.Body)
		}
	}
}

// TestBookIsDown: a page says so and shows what is there.
func TestBookIsDown(t *testing.T) {
	source := consoletest.Sample(t)
	source.State.ApplicationLog.State = record.StateDown
	source.State.ApplicationLog.Error = "the disk is full <b>"
	body := consoletest.Get(consoletest.New(t, source, console.RoleApplication), "/").Body.String()
	for _, want := range []string{`role="alert">This log cannot be written`, "the disk is full &lt;b&gt;", "<dd>down</dd>", "Table 23"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
}

// TestNothingYet: an empty log says what to do; one whose health is not known
// claims nothing.
func TestNothingYet(t *testing.T) {
	source := &consoletest.Source{Zone: consoletest.Berlin(t), State: record.Health{ApplicationLog: &record.BookHealth{}, ServerLog: &record.BookHealth{}}}
	c := consoletest.New(t, source, console.RoleApplication, console.RoleSecurity)
	for path, want := range map[string]string{"/": "X-App-Event:", "/requests": "Nothing has been recorded yet.", "/errors": "Nothing has been recorded yet."} {
		if body := consoletest.Get(c, path).Body.String(); !strings.Contains(body, want) || strings.Contains(body, "Nothing matches") {
			t.Errorf("%s does not have %q", path, want)
		}
	}
	source.State.ServerLog.Entries = 3
	if body := consoletest.Get(c, "/errors").Body.String(); !strings.Contains(body, "Nothing failed in the last 30 days.") || !strings.Contains(body, "Search the whole period") {
		t.Error("a log without errors does not say so")
	}
	source.State = record.Health{}
	for _, path := range []string{"/", "/requests"} {
		if body := consoletest.Get(c, path).Body.String(); !strings.Contains(body, "Nothing matches") {
			t.Errorf("%s claims more than it knows", path)
		}
	}
}
