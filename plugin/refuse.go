package plugin

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// errRefused is why a request was refused; who was refused is told no more.
var errRefused = errors.New("refused by the gate")

// admit asks the detector whether the request may pass. A refusal is an error for
// the site's own error pages, with an incident id that security staff can look up.
func (x *exchange) admit(w http.ResponseWriter, r *http.Request) error {
	if x.books == nil {
		return nil
	}
	active := x.books.detection.Active()
	if active == nil {
		return nil
	}
	x.session = active.Cookie.Session(r.Header)
	v := active.Admit(x.asClient(r.URL.Path), x.origin)
	if v.Verdict == record.VerdictPass {
		return nil
	}
	// The rate may have made a flag.
	x.books.detection.Changed()
	return x.refuse(w, r, v, active.Abort)
}

func (x *exchange) refuse(w http.ResponseWriter, r *http.Request, v abuse.Verdict, abort bool) error {
	incident := x.joinID()
	x.tells().verdict = v.Verdict
	status := http.StatusTooManyRequests
	if v.Verdict == record.VerdictBan {
		if abort {
			panic(http.ErrAbortHandler) // closes the connection
		}
		status = http.StatusForbidden
	}
	if v.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(v.RetryAfter.Seconds())), 10))
	}
	w.Header().Set("Cache-Control", "no-store")
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Set("http.gatebook.incident", incident)
		repl.Set("http.gatebook.verdict", string(v.Verdict))
		repl.Set("http.gatebook.rule", v.Rule)
	}
	err := caddyhttp.Error(status, errRefused)
	err.ID = incident
	return err
}
