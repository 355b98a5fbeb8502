package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
)

// MayLeadTo reports whether pages may lead to an address: a path of the site, or a page
// of the web.
func MayLeadTo(address string) bool { return view.SafeHref(address) != "" }

// logoutCookie says that a browser was just asked for other credentials.
const logoutCookie = "gatebook_logout"

// logoutTime is how long whoever logged out has to log in again without being logged out
// by that.
const logoutTime = 5 * time.Minute

// logout has a browser forget the password of Basic authentication, as far as one can:
// it is told that its credentials are not accepted, and asks for others. With these it
// comes to the first page.
func logout(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
	cookie := http.Cookie{Name: logoutCookie, Value: "1", Path: v.Base + "logout", MaxAge: int(logoutTime / time.Second), HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode}
	_, err := r.Cookie(logoutCookie)
	again := err == nil
	if again || !isBasic(r) {
		cookie.MaxAge = -1
		http.SetCookie(w, &cookie)
		view.SeeOther(w, v.Base)
		return nil
	}
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return &problem.Error{Status: http.StatusForbidden, Detail: locale.Text("This came from another site, and nothing was changed.")}
	}
	http.SetCookie(w, &cookie)
	w.Header().Set("WWW-Authenticate", `Basic realm="restricted"`) // as Caddy's, or the browser would keep that one
	return &problem.Error{Status: http.StatusUnauthorized, Detail: locale.Text("You are logged out.")}
}

// isBasic reports whether the user was asked for a password by Basic authentication.
func isBasic(r *http.Request) bool {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Basic")
}
