package plugin

import (
	"context"
	"strconv"

	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/gatebook/gatebook/plugin/caddyhooks"
	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/request"
	"github.com/gatebook/gatebook/record"
	"go.uber.org/zap"
)

func init() {
	caddy.RegisterModule(&Console{})
}

// Console serves the pages and the API of one instance's logs to people whom
// the site has let in: `application` shows the application log to the
// instance's admins, `security` the server log to security staff. It denies
// everybody else with 403.
type Console struct {
	// `application` or `security`.
	Role string `json:"role"`

	// The instance whose logs are shown. May be left out where only one is
	// declared.
	Instance string `json:"instance,omitempty"`

	// The users who are let in, out of those that the site authenticated.
	// Default: all of them.
	AllowUsers []string `json:"allow_users,omitempty"`

	// Conditions that must all hold, such as a role from single sign-on.
	Require []Requirement `json:"require,omitempty"`

	// The placeholder that names the user where `forward_auth` does the
	// asking. `allow_users` or `require` is then mandatory. A placeholder of
	// a request header, which any client can send, is read from the
	// authentication service's response instead.
	Identity string `json:"identity,omitempty"`

	// The address at which users of single sign-on log out. The pages lead there.
	// Basic authentication needs none.
	Logout string `json:"logout,omitempty"`

	// Lets everybody in. It is logged as a warning at every start.
	InsecureNoAuth bool `json:"insecure_no_auth,omitempty"`

	app *App
	log *zap.Logger
	// consoles is where the consoles of the server are reached.
	consoles *request.Consoles
	// loginFailures counts the logins that Caddy's authentication refused.
	loginFailures loginFailures
}

var consoleRoles = []string{string(console.RoleApplication), string(console.RoleSecurity)}

// CaddyModule returns the Caddy module information.
func (*Console) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.gatebook_console",
		New: func() caddy.Module { return new(Console) },
	}
}

// Provision finds the app.
func (c *Console) Provision(ctx caddy.Context) error {
	c.log = ctx.Logger()
	var err error
	if c.app, err = theApp(ctx); err != nil {
		return err
	}
	c.Identity = unforgeable(c.Identity)
	for i := range c.Require {
		c.Require[i].Placeholder = unforgeable(c.Require[i].Placeholder)
	}
	if c.InsecureNoAuth {
		c.log.Warn("insecure_no_auth: everybody who reaches this console reads the log", zap.String("role", c.Role), zap.String("instance", c.Instance))
	}
	srv, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	c.consoles = c.app.consolesOf(srv)
	caddyhooks.AuditLogins(srv)
	if _, err := choose(c.Instance, c.app.declared(ctx)); err != nil {
		return fmt.Errorf("gatebook_console %s on %s: %w", c.Role, serverName(srv), err)
	}
	return nil
}

// Validate refuses doors that would be open by accident.
func (c *Console) Validate() error {
	if !slices.Contains(consoleRoles, c.Role) {
		return fmt.Errorf("role %q must be one of %s", c.Role, strings.Join(consoleRoles, ", "))
	}
	if c.Identity != "" && len(c.AllowUsers) == 0 && len(c.Require) == 0 {
		return fmt.Errorf("identity %s lets in whomever the authentication service knows; say who may read with allow_users or require", c.Identity)
	}
	if c.InsecureNoAuth && (c.Identity != "" || len(c.AllowUsers) > 0 || len(c.Require) > 0) {
		return fmt.Errorf("insecure_no_auth contradicts identity, allow_users and require; keep one of the two")
	}
	if c.Logout != "" && !console.MayLeadTo(c.Logout) {
		return fmt.Errorf("logout %q must be a path of this site, or an address that begins with https://", c.Logout)
	}
	if c.Identity != "" && !onePlaceholder.MatchString(c.Identity) {
		return fmt.Errorf("identity %q must be one placeholder, such as {http.reverse_proxy.header.Remote-User}", c.Identity)
	}
	if p := forgeable(c.Identity); p != "" {
		return fmt.Errorf("identity %s: any client can send that; name what the authentication service answers", p)
	}
	for _, r := range c.Require {
		if r.Placeholder == "" || len(r.Values) == 0 {
			return fmt.Errorf("require needs a placeholder and at least one value")
		}
		if !onePlaceholder.MatchString(r.Placeholder) {
			return fmt.Errorf("require %q must name one placeholder, such as {http.auth.user.role}", r.Placeholder)
		}
		if p := forgeable(r.Placeholder); p != "" {
			return fmt.Errorf("require %s: any client can send that; name what the authentication service answers", p)
		}
	}
	return nil
}

// ServeHTTP serves the console to those who may see it.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	repl := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if recorded := request.Of(r); recorded != nil {
		recorded.Redact()
	}
	user, admitted := c.admits(repl)
	if !admitted {
		return console.Deny(w, r, user, c.Identity != "")
	}
	in, err := c.app.instance(c.Instance)
	if err != nil {
		return caddyhttp.Error(http.StatusInternalServerError, err)
	}
	shown := &console.Console{
		Source: in,
		Roles:  []console.Role{console.Role(c.Role)},
		User:   user,
		Logout: c.Logout,
		Asker:  request.ClientIP(r),
		Base:   consoleBase(r),
		Now:    time.Now,
		Report: func(err error) { c.log.Error("serving a console", zap.Error(err)) },
	}
	shown.ServeHTTP(w, r)
	return nil
}

// admits reports whether the request carries a user who may read, and who it is.
func (c *Console) admits(repl *caddy.Replacer) (user string, ok bool) {
	if c.Identity != "" {
		user = repl.ReplaceAll(c.Identity, "")
	} else {
		user, _ = repl.GetString("http.auth.user.id")
	}
	if c.InsecureNoAuth {
		return user, true
	}
	if user == "" || len(c.AllowUsers) > 0 && !slices.Contains(c.AllowUsers, user) {
		return user, false
	}
	for _, req := range c.Require {
		if !req.holds(repl) {
			return user, false
		}
	}
	return user, true
}

// MountedAt has what admins search for redacted wherever a request names this console,
// and warns of a console that nobody can read.
func (c *Console) MountedAt(m caddyhooks.Mount) {
	c.consoles.Add(m)
	if !m.Authenticated && c.Identity == "" && !c.InsecureNoAuth {
		c.log.Warn("gatebook_console has no authentication in front of it and answers 403 to everybody: put basic_auth in front of it, or forward_auth and the line identity",
			zap.String("role", c.Role), zap.String("instance", c.Instance), zap.Strings("hosts", m.Hosts), zap.Strings("paths", m.Paths))
	}
}

// LoginFailed counts a failed login, and has it audited.
func (c *Console) LoginFailed() { c.loginFailures.add(c.noteLoginFailures) }

// noteLoginFailures writes the audit entry. It has no user name: what was typed
// there may be a password.
func (c *Console) noteLoginFailures(n int) {
	in, err := c.app.instance(c.Instance)
	if err == nil {
		text := fmt.Sprintf("A login to the %s console failed.", c.Role)
		if n > 1 {
			text = fmt.Sprintf("%d logins to the %s console failed within a minute.", n, c.Role)
		}
		err = in.Note(context.Background(), record.Event{
			Type:       "console.login_failed",
			Text:       text,
			Key:        "gatebook.login_failed",
			Params:     map[string]string{"console": c.Role, "count": strconv.Itoa(n)},
			Impersonal: []string{"text", "params"},
			Outcome:    record.OutcomeDenied,
		})
	}
	if err != nil {
		c.log.Error("noting a login that failed", zap.Int("logins", n), zap.Error(err))
	}
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Console)(nil)
	_ caddy.Validator             = (*Console)(nil)
	_ caddyhttp.MiddlewareHandler = (*Console)(nil)
	_ caddyhooks.LoginObserver    = (*Console)(nil)
)
