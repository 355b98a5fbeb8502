package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestChooseLanguage: a form of the console's own changes the language, and leads
// nowhere else.
func TestChooseLanguage(t *testing.T) {
	for _, test := range []struct {
		form, site string
		status     int
		back       string
	}{
		{"language=de&back=%2Flogs%2F%3Fq%3Da", "same-origin", 303, "/logs/?q=a"},
		{"language=en&back=https%3A%2F%2Fevil.example%2F", "same-origin", 303, "/logs/"},
		{"language=en&back=%2F%2Fevil.example%2F", "same-origin", 303, "/logs/"},
		{"language=en&back=%2Fdashboard", "same-origin", 303, "/logs/"},
		{"language=de", "cross-site", 403, ""},
		{"language=fr", "same-origin", 400, ""},
		{"%zz", "same-origin", 400, ""},
	} {
		c := &Console{Source: nobody{}, Roles: []Role{RoleApplication}, Base: "/logs/"}
		r := httptest.NewRequest("POST", "/language", strings.NewReader(test.form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", test.site)
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		cookie := w.Header().Get("Set-Cookie")
		if w.Code != test.status || w.Header().Get("Location") != test.back || (w.Code == http.StatusSeeOther) != (cookie != "") {
			t.Errorf("%+v: %d %v", test, w.Code, w.Header())
		}
		if cookie != "" && !(strings.Contains(cookie, "SameSite=Strict") && strings.Contains(cookie, "Path=/logs/") && strings.Contains(cookie, "HttpOnly")) {
			t.Errorf("%+v: cookie %s", test, cookie)
		}
		if _, err := url.Parse(w.Header().Get("Location")); err != nil {
			t.Error(err)
		}
	}
}
