package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// Problem is an error as the asker may see it (RFC 9457).
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// Param names the parameter that was wrong.
	Param string `json:"param,omitempty"`
}

// statusError is an answer other than the one asked for.
type statusError struct {
	status int
	// detail is a text for fmt.Sprintf and for [locale.Locale.Translate].
	detail string
	args   []any
}

func (e *statusError) Error() string { return fmt.Sprintf(e.detail, e.args...) }

// explain turns err into what the asker may know. An error that is not the
// asker's own is reported and kept to ourselves.
func (v *view) explain(err error) Problem {
	var param *record.ParamError
	var status *statusError
	switch {
	case errors.As(err, &param):
		p := NewProblem(http.StatusBadRequest, v.errorText(param))
		p.Param = param.Param
		return p
	case errors.As(err, &status):
		return NewProblem(status.status, v.translate(status.detail, status.args...))
	case errors.Is(err, record.ErrNotStoredYet):
		v.report(err)
		return NewProblem(http.StatusServiceUnavailable, v.translate(notStoredYet))
	case errors.Is(err, record.ErrNotFound):
		return NewProblem(http.StatusNotFound, v.translate("There is no such entry. It may have been deleted because it was too old."))
	}
	v.report(err)
	return NewProblem(http.StatusInternalServerError, v.translate("The log could not be read. The server's own log says why."))
}

// notStoredYet is the answer to a decision while the disk is full.
var notStoredYet = translatable("It holds, but could not be stored yet: a restart would forget it. The gate tries again; its own log says why.")

// NewProblem says detail and what follows from the status.
func NewProblem(status int, detail string) Problem {
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// gone reports whether the asker has left, so that an answer would reach
// nobody and the error is only an echo of that.
func gone(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }

func (v *view) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	if gone(r) {
		return
	}
	if err := WriteProblem(w, v.explain(err)); err != nil {
		v.report(err)
	}
}

// WriteProblem answers with p.
func WriteProblem(w http.ResponseWriter, p Problem) error {
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding a problem: %w", err)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	// An error means that the client has left.
	_, _ = w.Write(append(display.VisibleJSON(body), '\n'))
	return nil
}
