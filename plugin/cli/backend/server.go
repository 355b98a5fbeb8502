package backend

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
	"github.com/gatebook/gatebook/plugin/cli/command"
)

// Server is an instance of a running server, asked through its admin endpoint.
type Server struct {
	client *http.Client
	// origin is the scheme and host that the endpoint accepts.
	origin   string
	token    string
	instance string
	zone     *time.Location
}

// maxAnswer is how much of an answer is read: enough for a page of 1,000 records whose
// texts all have their maximum length.
const maxAnswer = 64 << 20

// dial finds the running server, the token and the instance.
func dial(ctx context.Context, address, tokenFile, instance string) (*Server, error) {
	addr, err := caddy.ParseNetworkAddress(address)
	if err != nil || !addr.IsUnixNetwork() && (addr.StartPort == 0 || addr.PortRangeSize() > 1) {
		return nil, command.Usagef("--address %q is no address such as localhost:2019 or unix//run/gatebook/admin.sock", address)
	}
	// The path of a socket may be followed by its permissions.
	addr.Host, _, _ = strings.Cut(addr.Host, "|")
	s := &Server{instance: instance, origin: "http://" + addr.JoinHostPort(0), client: &http.Client{Transport: &http.Transport{
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

// choose finds the instance among the declared ones.
func (s *Server) choose(declared []plugin.InstanceStatus) error {
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
	return command.Usagef("the server has several instances; give --instance, one of %s", all)
}

func (s *Server) take(in plugin.InstanceStatus) (err error) {
	s.instance = in.Name
	if s.zone, err = time.LoadLocation(in.Timezone); err != nil {
		return fmt.Errorf("the instance's time zone: %w", err)
	}
	return nil
}

// ask gets a path below the admin endpoint's /gatebook/.
func (s *Server) ask(ctx context.Context, path string, params url.Values) (*http.Response, error) {
	return s.send(ctx, http.MethodGet, path, params, nil)
}

// send sends body, which may be nil, to a path below /gatebook/.
func (s *Server) send(ctx context.Context, method, path string, params url.Values, body []byte) (*http.Response, error) {
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

// get is ask with an answer in JSON.
func (s *Server) get(ctx context.Context, path string, params url.Values, into any) error {
	res, err := s.ask(ctx, path, params)
	if err != nil {
		return err
	}
	return readAnswer(res, into)
}

// readAnswer reads an answer in JSON, or the error that was answered instead.
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

// stream opens a stream below the instance. It has begun when stream returns.
func (s *Server) stream(ctx context.Context, path string, params url.Values) (io.ReadCloser, error) {
	res, err := s.ask(ctx, s.instance+"/"+path, params)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		if err != nil {
			return nil, fmt.Errorf("reading the answer: %w", err)
		}
		return nil, refusal(res.StatusCode, body)
	}
	return res.Body, nil
}

// Location is the instance's time zone.
func (s *Server) Location() *time.Location { return s.zone }

// Close closes the connections.
func (s *Server) Close() error {
	s.client.CloseIdleConnections()
	return nil
}
