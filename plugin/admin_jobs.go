package plugin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/gatebook/gatebook/plugin/logs"
)

// job is something that operators have an instance do through the admin
// endpoint. No console offers it.
type job struct {
	method string
	params []string
	do     func(in *instance, r *http.Request) (answer any, err error)
}

// serveJob answers with what a job found or did, as JSON.
func (in *instance) serveJob(w http.ResponseWriter, r *http.Request, j job) error {
	if r.Method != j.method {
		w.Header().Set("Allow", j.method)
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: fmt.Errorf("%s is not answered here; use %s", r.Method, j.method)}
	}
	for name, values := range r.URL.Query() {
		if !slices.Contains(j.params, name) || len(values) > 1 {
			return wrongJob(fmt.Errorf("%s: is not a parameter here, or is given twice; there are: %s", name, strings.Join(j.params, ", ")))
		}
	}
	// Caddy gives its admin endpoint ten seconds to read a request, after which
	// the context would end. Jobs may take longer.
	if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lifting the time limit: %w", err)
	}
	answer, err := j.do(in, r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(answer)
}

func wrongJob(err error) error {
	return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: err}
}

func (in *instance) runRetention(r *http.Request) (any, error) {
	dryRun := r.FormValue("dry_run")
	if dryRun != "" && dryRun != "true" && dryRun != "false" {
		return nil, wrongJob(fmt.Errorf("dry_run %q: must be true or false", dryRun))
	}
	l := in.ref.Logs()
	if l == nil {
		return nil, unavailable(logs.ErrNotOpen)
	}
	report, err := l.Retain(r.Context(), dryRun == "true")
	if err != nil {
		return nil, unavailable(err)
	}
	return report.In(in.Location()), nil
}

func (in *instance) check(r *http.Request) (any, error) {
	logs, err := in.logs()
	if err != nil {
		return nil, unavailable(err)
	}
	found, err := logs.Check(r.Context())
	if err != nil {
		return nil, unavailable(err)
	}
	return found, nil
}

// unavailable says why a job was not done, or not to its end.
func unavailable(err error) error {
	return caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Err: err}
}
