package console_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
)

// Who is not let in reads why, and nothing of the log.
func TestDeny(t *testing.T) {
	for _, c := range []struct {
		path, language, user string
		asked                bool
		contentType, want    string
	}{
		{"/", "en", "", false, "text/plain; charset=utf-8", "Forbidden. Nobody is logged in: no authentication in front"},
		{"/flags", "en", "", true, "text/plain; charset=utf-8", "did not say who you are"},
		{"/", "de", "bob", false, "text/plain; charset=utf-8", "Kein Zugriff. bob ist angemeldet"},
		{"/api/v1/flags", "de", "bob", false, "application/problem+json", `"detail":"bob is logged in, but is not among those who may read here."`},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", c.path, nil)
		r.Header.Set("Accept-Language", c.language)
		if err := console.Deny(w, r, c.user, c.asked); err != nil {
			t.Fatal(err)
		}
		if w.Code != 403 || w.Header().Get("Content-Type") != c.contentType || !strings.Contains(w.Body.String(), c.want) || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v %s", c.path, w.Code, w.Header(), w.Body)
		}
	}
}
