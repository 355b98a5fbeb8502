// Package consoletest has a source in memory and what else the tests of a console
// and of its parts share.
package consoletest

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console"
)

// New is a console for a test, which fails if the console reports an error.
func New(t testing.TB, source console.Source, roles ...console.Role) *console.Console {
	return &console.Console{
		Source: source, Roles: roles, Base: "/logs/",
		Now:    func() time.Time { return Now },
		Report: func(err error) { t.Errorf("reported: %v", err) },
	}
}

// Get asks for a page.
func Get(c http.Handler, target string) *httptest.ResponseRecorder {
	return Do(c, http.MethodGet, target)
}

// Do makes a request without a body.
func Do(c http.Handler, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

// Send makes a request with a body, as a program does.
func Send(c http.Handler, method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

// Post sends a form as a browser does from the console's own page.
func Post(c http.Handler, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// Holds checks the status of a response, and that it has each text, or does not have
// it if the text begins with "!".
func Holds(t *testing.T, what string, w *httptest.ResponseRecorder, status int, has ...string) {
	t.Helper()
	body := html.UnescapeString(w.Body.String())
	if w.Code != status {
		t.Errorf("%s: status %d: %.2000s", what, w.Code, body)
	}
	for _, text := range has {
		if hasnt, not := strings.CutPrefix(text, "!"); not == strings.Contains(body, strings.TrimPrefix(hasnt, "!")) {
			t.Errorf("%s: %q does not hold", what, text)
		}
	}
}

// ReadInto reads a response in JSON, which must have the status.
func ReadInto(t testing.TB, w *httptest.ResponseRecorder, status int, into any) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
}
