// Package problem answers requests with an error in JSON (RFC 9457).
package problem

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gatebook/gatebook/record/display"
)

// Problem is an error as the client may see it.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// Param names the invalid parameter.
	Param string `json:"param,omitempty"`
}

// New returns a problem with a detail. Its title is that of the status.
func New(status int, detail string) Problem {
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// Write answers with p.
func Write(w http.ResponseWriter, p Problem) error {
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

// Error is an error that the client may see, with the status that it is answered with.
type Error struct {
	Status int
	// Detail is a format; it is translated before it is filled in.
	Detail string
	Args   []any
}

func (e *Error) Error() string { return fmt.Sprintf(e.Detail, e.Args...) }
