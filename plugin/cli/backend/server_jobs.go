package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/retention"
)

// Health returns the state of both logs.
func (s *Server) Health(ctx context.Context) (h record.Health, err error) {
	err = s.get(ctx, s.instance+"/health", nil, &h)
	return h, err
}

// Check has the server read everything that is stored.
func (s *Server) Check(ctx context.Context) (found store.Checked, err error) {
	err = s.get(ctx, s.instance+"/check", nil, &found)
	return found, err
}

// Retain has the server delete what has expired by its own policy.
func (s *Server) Retain(ctx context.Context, p *retention.Policy, dryRun bool) (report retention.Report, err error) {
	if p != nil {
		return report, command.Usagef("the running server's configuration says how long requests are kept; leave --retention and --full-ip out, or change the configuration and reload")
	}
	params := url.Values{}
	if dryRun {
		params.Set("dry_run", "true")
	}
	res, err := s.send(ctx, http.MethodPost, s.instance+"/retention/run", params, nil)
	if err != nil {
		return report, err
	}
	return report, readAnswer(res, &report)
}

// ExportPerson writes every entry about a person.
func (s *Server) ExportPerson(ctx context.Context, p service.PersonRequest, out io.Writer) error {
	res, err := s.sendPerson(ctx, "export", p)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return readAnswer(res, nil)
	}
	if _, err := io.Copy(out, res.Body); err != nil {
		return fmt.Errorf("reading the answer, which is not whole: %w", err)
	}
	return nil
}

// ErasePerson anonymizes every entry about a person.
func (s *Server) ErasePerson(ctx context.Context, p service.PersonRequest) (done retention.Forgotten, err error) {
	res, err := s.sendPerson(ctx, "erase", p)
	if err != nil {
		return done, err
	}
	return done, readAnswer(res, &done)
}

func (s *Server) sendPerson(ctx context.Context, what string, p service.PersonRequest) (*http.Response, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return s.send(ctx, http.MethodPost, s.instance+"/person/"+what, nil, body)
}
