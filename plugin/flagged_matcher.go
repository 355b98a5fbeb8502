package plugin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/plugin/request"
	"github.com/gatebook/gatebook/record"
)

func init() {
	caddy.RegisterModule(&Flagged{})
}

// Flagged matches requests of clients that have a flag, so that they can be routed
// elsewhere: to a page that slows them down, or another upstream. The state is that
// of the client: where one of many behind an address is throttled, it is theirs
// alone. Who was throttled or banned is observed when that is over.
type Flagged struct {
	// The instance whose flags are asked. May be left out where only one is
	// declared.
	Instance string `json:"instance,omitempty"`

	// The states that match: `observed`, `throttled`, `banned`, `allowed` or
	// `cleared`. Default: the first three.
	States []string `json:"states,omitempty"`

	app *App
}

var flagStates = []string{
	string(record.FlagObserved), string(record.FlagThrottled), string(record.FlagBanned),
	string(record.FlagAllowed), string(record.FlagCleared),
}

// CaddyModule returns the Caddy module information.
func (*Flagged) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.matchers.gatebook_flagged",
		New: func() caddy.Module { return new(Flagged) },
	}
}

// UnmarshalCaddyfile reads
//
//	gatebook_flagged [<state…>] {
//		instance <name>
//	}
func (m *Flagged) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	m.States = append(m.States, d.RemainingArgs()...)
	if err := eachLine(d, "gatebook_flagged", lines{
		"instance": func(d *caddyfile.Dispenser) error { return oneArg(d, &m.Instance) },
	}); err != nil {
		return err
	}
	return at(d, m.Validate())
}

// Provision finds the app.
func (m *Flagged) Provision(ctx caddy.Context) (err error) {
	if m.app, err = theApp(ctx); err == nil {
		_, err = choose(m.Instance, m.app.declared(ctx))
	}
	if err != nil {
		return fmt.Errorf("gatebook_flagged: %w", err)
	}
	return nil
}

// Validate refuses states that there are not.
func (m *Flagged) Validate() error {
	for _, s := range m.States {
		if !slices.Contains(flagStates, s) {
			return fmt.Errorf("gatebook_flagged: state %q must be one of %s", s, strings.Join(flagStates, ", "))
		}
	}
	return nil
}

// MatchWithError reports whether the request's client has a flag in one of the
// states.
func (m *Flagged) MatchWithError(r *http.Request) (bool, error) {
	in, err := m.app.instance(m.Instance)
	if err != nil {
		return false, fmt.Errorf("gatebook_flagged: %w", err)
	}
	l, ip := in.ref.Logs(), request.ClientIP(r)
	if l == nil || !ip.IsValid() || request.OriginOf(r) == detection.FromProxy {
		return false, nil
	}
	active := l.Detection.Active()
	if active == nil {
		return false, nil
	}
	asker := abuse.Client{Addr: ip, UserAgent: r.UserAgent(), Session: active.Cookie.Session(r.Header), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Caused: request.OriginOf(r).Caused()}
	return m.wants(active.StateOf(asker, time.Now())), nil
}

func (m *Flagged) wants(s record.FlagState) bool {
	if len(m.States) == 0 {
		return s == record.FlagObserved || s == record.FlagThrottled || s == record.FlagBanned
	}
	return slices.Contains(m.States, string(s))
}

// Interface guards
var (
	_ caddy.Provisioner                 = (*Flagged)(nil)
	_ caddy.Validator                   = (*Flagged)(nil)
	_ caddyhttp.RequestMatcherWithError = (*Flagged)(nil)
	_ caddyfile.Unmarshaler             = (*Flagged)(nil)
)
