package console_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
)

// Pages say who is logged in, and lead out: by Basic authentication through an answer
// that the browser's password is not accepted, else to where the site says.
func TestLogout(t *testing.T) {
	c := consoletest.New(t, consoletest.Sample(t), console.RoleApplication)
	c.User = "anna"
	ask := func(path, auth, cookie, site string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
		for name, value := range map[string]string{"Authorization": auth, "Cookie": cookie, "Sec-Fetch-Site": site} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		c.ServeHTTP(w, r)
		return w
	}
	const basic = "Basic YW5uYTp4"
	consoletest.Holds(t, "without Basic", ask("/", "", "", ""), 200, "anna", "!logout")
	consoletest.Holds(t, "with Basic", ask("/", basic, "", ""), 200, "anna", `href="/logs/logout"`)
	w := ask("/logout", basic, "", "same-origin")
	consoletest.Holds(t, "out", w, 401, "You are logged out.", `href="/logs/logout"`)
	if h := w.Header(); h.Get("WWW-Authenticate") != `Basic realm="restricted"` || !strings.Contains(h.Get("Set-Cookie"), "gatebook_logout=1; Path=/logs/logout") {
		t.Errorf("%v", h)
	}
	if w := ask("/logout", basic, "gatebook_logout=1", "same-origin"); w.Code != 303 || w.Header().Get("Location") != "/logs/" || !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("in again: %d %v", w.Code, w.Header())
	}
	consoletest.Holds(t, "another site", ask("/logout", basic, "", "cross-site"), 403)
	if w := ask("/logout", "", "", ""); w.Code != 303 {
		t.Errorf("without Basic: %d", w.Code)
	}
	c.Logout = "https://sso.example.com/logout"
	consoletest.Holds(t, "single sign-on", ask("/", "", "", ""), 200, `href="https://sso.example.com/logout"`)
	c.User = ""
	consoletest.Holds(t, "nobody", ask("/", "", "", ""), 200, `!class="who"`, "!sso.example.com")
}
