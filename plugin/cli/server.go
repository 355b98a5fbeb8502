package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/record"
)

// errNoServer says that nothing answers on the admin address.
var errNoServer = errors.New("no server answers")

// server is a running server, asked through its admin endpoint.
type server struct {
	client *http.Client
	// origin is the scheme and host that the endpoint wants to be asked as.
	origin   string
	token    string
	instance string
	zone     *time.Location
}

// maxAnswer bounds what is read of one answer: a page of 1,000 records whose
// every text is as long as it may be.
const maxAnswer = 64 << 20

// dial finds the running server, the token and the instance.
func dial(ctx context.Context, address, tokenFile, instance string) (*server, error) {
	addr, err := caddy.ParseNetworkAddress(address)
	if err != nil || !addr.IsUnixNetwork() && (addr.StartPort == 0 || addr.PortRangeSize() > 1) {
		return nil, usageError{fmt.Errorf("--address %q is no address such as localhost:2019 or unix//run/gatebook/admin.sock", address)}
	}
	// A socket's permissions may stand behind its path.
	addr.Host, _, _ = strings.Cut(addr.Host, "|")
	s := &server{instance: instance, origin: "http://" + addr.JoinHostPort(0), client: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, addr.Network, addr.JoinHostPort(0))
		},
	}}}
	if addr.IsUnixNetwork() {
		s.origin = "http://127.0.0.1"
	}
	var status plugin.Status
	if err := s.get(ctx, "", nil, &status); err != nil {
		if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" {
			return nil, fmt.Errorf("%w on %s (%w)", errNoServer, address, op.Err)
		}
		return nil, fmt.Errorf("asking the server on %s: %w", address, err)
	}
	if tokenFile == "" {
		tokenFile = status.TokenFile
	}
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		return nil, fmt.Errorf("reading the admin token: %w; run the command as the server's user, or give --token-file", err)
	}
	s.token = strings.TrimSpace(string(token))
	return s, s.choose(status.Instances)
}

func (s *server) choose(declared []plugin.InstanceStatus) error {
	var names []string
	for _, in := range declared {
		if in.Name == s.instance || s.instance == "" && len(declared) == 1 {
			return s.take(in)
		}
		names = append(names, in.Name)
	}
	all := strings.Join(names, ", ")
	switch {
	case s.instance != "":
		return fmt.Errorf("the server has no instance %q; there are: %s", s.instance, all)
	case len(names) == 0:
		return errors.New("the server's configuration declares no instance; put the gatebook directive into a site")
	}
	return usageError{fmt.Errorf("the server has several instances; give --instance, one of %s", all)}
}

func (s *server) take(in plugin.InstanceStatus) (err error) {
	s.instance = in.Name
	if s.zone, err = time.LoadLocation(in.Timezone); err != nil {
		return fmt.Errorf("the instance's time zone: %w", err)
	}
	return nil
}

// ask asks for a path below the admin endpoint's /gatebook/.
func (s *server) ask(ctx context.Context, path string, params url.Values) (*http.Response, error) {
	return s.send(ctx, http.MethodGet, path, params, nil)
}

// send sends body, which may be nil, to a path below /gatebook/.
func (s *server) send(ctx context.Context, method, path string, params url.Values, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.origin+plugin.AdminPath+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.URL.RawQuery = params.Encode()
	if body != nil {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	return s.client.Do(req)
}

// get is ask for an answer in JSON.
func (s *server) get(ctx context.Context, path string, params url.Values, into any) error {
	res, err := s.ask(ctx, path, params)
	if err != nil {
		return err
	}
	return readAnswer(res, into)
}

// readAnswer reads an answer in JSON, or the reason why there is none.
func readAnswer(res *http.Response, into any) error {
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return refusal(res.StatusCode, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return nil
}

// answerError is what a server says of a request that is not the asker's mistake.
type answerError struct {
	status int
	detail string
}

func (e *answerError) Error() string { return e.detail }

// refusal reads a problem document, or Caddy's own error document.
func refusal(status int, body []byte) error {
	var problem struct{ Detail, Error, Param string }
	_ = json.Unmarshal(body, &problem)
	switch {
	case problem.Param != "":
		return &wrongParam{problem.Param, strings.TrimPrefix(problem.Detail, problem.Param)}
	case problem.Detail != "" && status == http.StatusBadRequest:
		return usageError{errors.New(problem.Detail)}
	case problem.Detail != "":
		return &answerError{status, problem.Detail}
	case problem.Error != "":
		return errors.New(problem.Error)
	case status == http.StatusNotFound:
		return errors.New("the server answers, but has no Gatebook in it")
	}
	return fmt.Errorf("the server answered %d %s", status, http.StatusText(status))
}

func (s *server) requests(ctx context.Context, params url.Values) ([]record.Request, string, error) {
	var page struct {
		Requests []record.Request `json:"requests"`
		Next     string           `json:"next"`
	}
	err := s.get(ctx, s.instance+"/requests", params, &page)
	return page.Requests, page.Next, err
}

func (s *server) events(ctx context.Context, params url.Values) ([]record.Event, string, error) {
	var page struct {
		Events []record.Event `json:"events"`
		Next   string         `json:"next"`
	}
	err := s.get(ctx, s.instance+"/events", params, &page)
	return page.Events, page.Next, err
}

func (s *server) health(ctx context.Context) (h record.Health, err error) {
	err = s.get(ctx, s.instance+"/health", nil, &h)
	return h, err
}

func (s *server) location() *time.Location { return s.zone }

func (s *server) close() error {
	s.client.CloseIdleConnections()
	return nil
}
