package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/service"
)

// readPerson reads whom an export or an erasure is about.
func readPerson(r *http.Request) (p service.PersonRequest, err error) {
	body := json.NewDecoder(io.LimitReader(r.Body, 16<<10))
	body.DisallowUnknownFields()
	if err := body.Decode(&p); err != nil {
		return p, wrongJob(fmt.Errorf(`the body must be {"id":"…"} or {"email":"…"}: %w`, err))
	}
	if p.ID == "" && p.Email == "" {
		return p, wrongJob(errors.New("nobody is named: give an id or an email"))
	}
	return p, nil
}

// erasePerson anonymizes every entry about a person.
func (in *instance) erasePerson(r *http.Request) (any, error) {
	p, err := readPerson(r)
	if err != nil {
		return nil, err
	}
	logs, err := in.logs()
	if err != nil {
		return nil, unavailable(err)
	}
	done, err := logs.ErasePerson(r.Context(), p.Person(), p.DryRun)
	if err != nil {
		return nil, unavailable(err)
	}
	return done, nil
}

// servePersonExport streams every entry about a person.
func (in *instance) servePersonExport(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: fmt.Errorf("%s is not answered here; use POST", r.Method)}
	}
	p, err := readPerson(r)
	if err != nil {
		return err
	}
	logs, err := in.logs()
	if err != nil {
		return unavailable(err)
	}
	release, ok := in.TakeExport()
	if !ok {
		return caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Err: errors.New("as many exports are open as there may be at a time; wait for one to end and try again")}
	}
	defer release()
	out := personExport{w: w}
	err = logs.ExportPerson(r.Context(), p.Person(), &out)
	if err != nil && out.begun {
		// Only a connection that breaks off tells the client that this is not all.
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		return unavailable(err)
	}
	out.begin()
	return nil
}

// personExport is the response with an export. Its headers are set with the first
// write, so that an error before that can be answered.
type personExport struct {
	w     http.ResponseWriter
	begun bool
}

func (e *personExport) begin() {
	if e.begun {
		return
	}
	e.begun = true
	e.w.Header().Set("Content-Type", "application/x-ndjson")
	e.w.Header().Set("Cache-Control", "no-store")
}

func (e *personExport) Write(p []byte) (int, error) {
	e.begin()
	return e.w.Write(p)
}
