package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/gatebook/gatebook/record"
)

// Requests returns a page of the server log.
func (s *Server) Requests(ctx context.Context, params url.Values) ([]record.Request, string, error) {
	var page struct {
		Requests []record.Request `json:"requests"`
		Next     string           `json:"next"`
	}
	err := s.get(ctx, s.instance+"/requests", params, &page)
	return page.Requests, page.Next, err
}

// Events returns a page of the application log.
func (s *Server) Events(ctx context.Context, params url.Values) ([]record.Event, string, error) {
	var page struct {
		Events []record.Event `json:"events"`
		Next   string         `json:"next"`
	}
	err := s.get(ctx, s.instance+"/events", params, &page)
	return page.Events, page.Next, err
}

// Failures returns failed requests in groups.
func (s *Server) Failures(ctx context.Context, params url.Values) ([]record.FailureGroup, error) {
	var answer struct {
		Errors []record.FailureGroup `json:"errors"`
	}
	err := s.get(ctx, s.instance+"/errors", params, &answer)
	return answer.Errors, err
}

// errIncomplete reports that an export ended in the middle: a server breaks the
// connection off if it cannot finish.
var errIncomplete = errors.New("the server broke the export off, and what came is not all; its own log says why")

// AllRequests reads an export.
func (s *Server) AllRequests(ctx context.Context, params url.Values, write func(...record.Request) error) error {
	export, err := s.stream(ctx, "requests.ndjson", params)
	if err != nil {
		return err
	}
	defer export.Close()
	some := batch{write: write}
	for records := json.NewDecoder(export); ; {
		var r record.Request
		switch err := records.Decode(&r); {
		case errors.Is(err, io.EOF):
			return some.flush()
		case errors.Is(err, io.ErrUnexpectedEOF):
			return errors.Join(some.flush(), errIncomplete)
		case err != nil:
			return fmt.Errorf("reading the export: %w", err)
		}
		if err := some.add(r); err != nil {
			return err
		}
	}
}

// Live opens a stream of the records of a list, "requests" or "events", that are
// recorded from now on.
func (s *Server) Live(ctx context.Context, list string, params url.Values) (io.ReadCloser, error) {
	return s.stream(ctx, list+"/live", params)
}
