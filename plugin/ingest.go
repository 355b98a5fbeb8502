package plugin

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
)

func init() {
	caddy.RegisterModule(&Ingest{})
}

// Ingest takes events from jobs that answer no request, which have no response
// to put them on. It answers when they are on the disk.
type Ingest struct {
	// The instance whose application log takes the events. May be left out
	// where only one is declared.
	Instance string `json:"instance,omitempty"`

	// What a job sends as `Authorization: Bearer <token>`: at least 16
	// characters. Only a site that listens on unix sockets and nowhere else
	// may do without. Write a placeholder such as `{env.INGEST_TOKEN}` or
	// `{file./run/secrets/ingest}`, because Caddy's admin endpoint shows what
	// stands here.
	Token string `json:"token,omitempty"`

	app *App
	log *zap.Logger
	// digest is the token's; its length and its beginning are not compared.
	digest [sha256.Size]byte
	// guarded says that there is a token.
	guarded bool
}

// minToken is how many characters a token has at least.
const minToken = 16

// CaddyModule returns the Caddy module information.
func (*Ingest) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.gatebook_ingest",
		New: func() caddy.Module { return new(Ingest) },
	}
}

// Provision finds the app and the token, and refuses a door that would be open
// by accident.
func (i *Ingest) Provision(ctx caddy.Context) error {
	i.log = ctx.Logger()
	srv, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	var err error
	if i.app, err = theApp(ctx); err == nil {
		_, err = choose(i.Instance, i.app.declared(ctx))
	}
	if err == nil {
		err = i.guard(srv)
	}
	if err != nil {
		return fmt.Errorf("gatebook_ingest on %s: %w", serverName(srv), err)
	}
	return nil
}

// guard takes the token. The field keeps its placeholder.
func (i *Ingest) guard(srv *caddyhttp.Server) error {
	if i.Token == "" {
		if onSocketsOnly(srv) {
			return nil
		}
		return fmt.Errorf("token is missing: whoever reaches this address could write into the log, behind a tunnel everybody. Add a line such as: token {env.INGEST_TOKEN} (or let the site listen on a unix socket only: bind unix//run/gatebook.sock)")
	}
	token := strings.TrimSpace(caddy.NewReplacer().ReplaceKnown(i.Token, ""))
	if token == "" {
		return fmt.Errorf("token %s stands for nothing; set what it names, to at least %d characters", namedSource(i.Token), minToken)
	}
	if err := validToken(token); err != nil {
		return err
	}
	i.digest, i.guarded = sha256.Sum256([]byte(token)), true
	return nil
}

// source is a placeholder that may be shown: it says where a secret is, and not
// what it is.
var source = regexp.MustCompile(`^\{(env|file)\.[^{}]+\}$`)

func namedSource(text string) string {
	if source.MatchString(text) {
		return text
	}
	return "is a placeholder that"
}

// bearer are the characters that a token may have in a header (RFC 6750,
// section 2.1).
var bearer = regexp.MustCompile(`^[A-Za-z0-9._~+/=-]+$`)

// validToken never repeats the token.
func validToken(token string) error {
	if !bearer.MatchString(token) {
		return fmt.Errorf("token must consist of A-Z a-z 0-9 . _ ~ + / = - and, where it is a placeholder, be known when the server starts, such as {env.INGEST_TOKEN}")
	}
	if len(token) < minToken {
		return fmt.Errorf("token has %d characters; it must have at least %d. Make one with: openssl rand -hex 32", len(token), minToken)
	}
	return nil
}

// onSocketsOnly reports whether a server can be reached through files alone,
// whose permissions say who may. An abstract socket has none.
func onSocketsOnly(srv *caddyhttp.Server) bool {
	if srv == nil || len(srv.Listen) == 0 {
		return false
	}
	for _, address := range srv.Listen {
		at, err := caddy.ParseNetworkAddress(address)
		if err != nil || !at.IsUnixNetwork() || strings.HasPrefix(at.Host, "@") {
			return false
		}
	}
	return true
}

// admits reports whether a request brings the token, if there is one.
func (i *Ingest) admits(r *http.Request) bool {
	if !i.guarded {
		return true
	}
	lines := r.Header["Authorization"]
	if len(lines) != 1 {
		return false
	}
	scheme, token, _ := strings.Cut(lines[0], " ")
	digest := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return subtle.ConstantTimeCompare(digest[:], i.digest[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Ingest)(nil)
	_ caddyhttp.MiddlewareHandler = (*Ingest)(nil)
)
