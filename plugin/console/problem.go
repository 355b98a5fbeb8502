package console

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gatebook/gatebook/record"
)

// problem is an error as the asker may see it (RFC 9457).
type problem struct {
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
	detail string
}

func (e *statusError) Error() string { return e.detail }

// explain turns err into what the asker may know. An error that is not the
// asker's own is reported and kept to ourselves.
func (c *Console) explain(err error) problem {
	var param *record.ParamError
	var status *statusError
	switch {
	case errors.As(err, &param):
		p := newProblem(http.StatusBadRequest, param.Error())
		p.Param = param.Param
		return p
	case errors.As(err, &status):
		return newProblem(status.status, status.detail)
	case errors.Is(err, record.ErrNotFound):
		return newProblem(http.StatusNotFound, "There is no such entry. It may have been deleted because it was too old.")
	}
	c.report(err)
	return newProblem(http.StatusInternalServerError, "The log could not be read. The server's own log says why.")
}

func newProblem(status int, detail string) problem {
	return problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// gone reports whether the asker has left, so that an answer would reach
// nobody and the error is only an echo of that.
func gone(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }

func (c *Console) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	if gone(r) {
		return
	}
	p := c.explain(err)
	body, err := json.Marshal(p)
	if err != nil {
		c.report(err)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	w.Write(append(record.VisibleJSON(body), '\n'))
}
