package console

import (
	"encoding/json"
	"fmt"
	"net/http"

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

func (e *statusError) Error() string { return fmt.Sprintf(e.detail, e.args...) }

// NewProblem says detail and what follows from the status.
func NewProblem(status int, detail string) Problem {
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
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
