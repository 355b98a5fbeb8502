package request

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/record"
)

// errRefused is all that a refused client is told.
var errRefused = errors.New("refused by the gate")

// Admit asks the detector whether the request may pass. A refusal is an error for the
// site's own error pages, with an incident id that security staff can search for.
func (q *Recorded) Admit(w http.ResponseWriter, r *http.Request) error {
	if q.logs == nil {
		return nil
	}
	active := q.logs.Detection.Active()
	if active == nil {
		return nil
	}
	q.session = active.Cookie.Session(r.Header)
	c := q.asClient(r.URL.Path)
	c.Query = r.URL.RawQuery
	v := active.Admit(c, q.origin)
	if v.Verdict == record.VerdictPass {
		return nil
	}
	// The rate may have made a flag.
	q.logs.Detection.Changed()
	return q.refuse(w, r, v, active.Abort)
}

func (q *Recorded) refuse(w http.ResponseWriter, r *http.Request, v abuse.Verdict, abort bool) error {
	incident := q.ID()
	q.detailed().verdict = v.Verdict
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

// AdmitStrict refuses a request on a strict path while its events could not be
// stored: before the application acts, never after.
func (q *Recorded) AdmitStrict() error {
	reason := logs.ErrNotOpen
	if q.logs != nil {
		reason = q.logs.Down()
	}
	if reason == nil {
		return nil
	}
	return caddyhttp.Error(http.StatusServiceUnavailable, fmt.Errorf("strict path while the application log cannot be written: %w", reason))
}
