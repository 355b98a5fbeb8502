package console

import (
	"io"
	"net/http"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/record/display"
)

// Deny answers with 403 and a sentence that says why. user is who is not let in, "" for
// nobody; asked says that something in front of the console should have said who it is.
func Deny(w http.ResponseWriter, r *http.Request, user string, asked bool) error {
	setSecurityHeaders(w.Header())
	if strings.HasPrefix(r.URL.Path, "/api/") {
		return problem.Write(w, problem.New(http.StatusForbidden, denial(locale.English, user, asked)))
	}
	words := locale.Of(r)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusForbidden)
	// An error means that the client has left.
	_, _ = io.WriteString(w, words.Translate("Forbidden")+". "+denial(words, user, asked)+"\n")
	return nil
}

func denial(words *locale.Locale, user string, asked bool) string {
	switch {
	case user != "":
		return words.Translate("%s is logged in, but is not among those who may read here.", display.Visible(user))
	case asked:
		return words.Translate("Nobody is logged in: the authentication in front of this console did not say who you are.")
	}
	return words.Translate("Nobody is logged in: no authentication in front of this console asks who you are. Whoever runs this server puts basic_auth or forward_auth in front of gatebook_console.")
}
