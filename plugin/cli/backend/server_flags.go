package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
	"github.com/gatebook/gatebook/service"
)

// Flags returns a page of the review queue.
func (s *Server) Flags(ctx context.Context, params url.Values) ([]record.Flag, string, error) {
	var page struct {
		Flags []record.Flag `json:"flags"`
		Next  string        `json:"next"`
	}
	err := s.get(ctx, s.instance+"/flags", params, &page)
	return page.Flags, page.Next, err
}

// Flag returns a flag with its evidence.
func (s *Server) Flag(ctx context.Context, id string) (one record.FlagCase, err error) {
	err = s.get(ctx, s.instance+"/flags/"+url.PathEscape(id), nil, &one)
	return one, err
}

// sentDecision is a decision in the API.
type sentDecision struct {
	Subject  record.FlagSubject  `json:"subject"`
	Decision record.DecisionKind `json:"decision"`
	For      string              `json:"for,omitempty"`
	Note     string              `json:"note,omitempty"`
}

// Limits of one request to the API.
const (
	maxDecisions = 100
	maxBytes     = 60 << 10
)

// DecideAll sends as many decisions at once as the API takes. The results have what was
// decided before an error.
func (s *Server) DecideAll(ctx context.Context, list []record.DecisionRequest) (all []service.Decided, err error) {
	for len(list) > 0 {
		body, n, err := decisionsBody(list)
		if err != nil {
			return all, err
		}
		results, err := s.sendDecisions(ctx, body)
		if err != nil {
			return all, err
		}
		all, list = append(all, results...), list[n:]
	}
	return all, nil
}

// decisionsBody returns a body with the first n decisions of list.
func decisionsBody(list []record.DecisionRequest) (body []byte, n int, err error) {
	for _, d := range list[:min(len(list), maxDecisions)] {
		one := sentDecision{d.Subject, d.Decision, "", d.Note}
		if d.For > 0 {
			one.For = d.For.String()
		}
		text, err := json.Marshal(one)
		if err != nil {
			return nil, 0, err
		}
		if n > 0 && len(body)+len(text) > maxBytes {
			break
		}
		body = append(append(body, text...), ',')
		n++
	}
	body = slices.Concat([]byte(`{"decisions":[`), body[:len(body)-1], []byte(`]}`))
	return body, n, nil
}

func (s *Server) sendDecisions(ctx context.Context, body []byte) ([]service.Decided, error) {
	res, err := s.send(ctx, http.MethodPost, s.instance+"/decisions", nil, body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Results []struct {
			Flag  record.Flag
			Error *struct{ Detail string }
		}
	}
	if err := readAnswer(res, &answer); err != nil {
		return nil, err
	}
	results := make([]service.Decided, len(answer.Results))
	for i, r := range answer.Results {
		results[i].Flag = r.Flag
		if r.Error != nil {
			results[i].Err = errors.New(r.Error.Detail)
		}
	}
	return results, nil
}

// WriteBans writes the list that the server makes, once it is complete.
func (s *Server) WriteBans(ctx context.Context, format banlist.Format, out io.Writer) error {
	name := string(format)
	if format == banlist.Text {
		name = "txt"
	}
	res, err := s.ask(ctx, s.instance+"/bans."+name, nil)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return readAnswer(res, nil)
	}
	defer res.Body.Close()
	var list bytes.Buffer
	if _, err := list.ReadFrom(res.Body); err != nil {
		return fmt.Errorf("reading the list, which is not whole: %w", err)
	}
	_, err = out.Write(list.Bytes())
	return err
}
