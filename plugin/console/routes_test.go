package console_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
)

// TestMethods: what a path does not understand it says, and it changes nothing.
func TestMethods(t *testing.T) {
	c := consoletest.New(t, consoletest.Sample(t), console.RoleApplication, console.RoleSecurity)
	for path, allow := range map[string]string{
		"/": "GET, HEAD", "/static/console.css": "GET, HEAD", "/api/v1/events": "GET, HEAD",
		"/api/v1/settings": "GET, HEAD, PUT", "/api/v1/settings/pending": "DELETE",
	} {
		for _, method := range []string{"POST", "PATCH", "OPTIONS", "TRACE", "get", "CONNECT", "GET x", ""} {
			r := httptest.NewRequest("GET", path, nil)
			r.Method = method
			w := httptest.NewRecorder()
			c.ServeHTTP(w, r)
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != allow {
				t.Errorf("%s %s: status %d, Allow %q", method, path, w.Code, w.Header().Get("Allow"))
			}
		}
	}
}
