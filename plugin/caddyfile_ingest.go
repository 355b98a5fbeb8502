package plugin

import (
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	httpcaddyfile.RegisterHandlerDirective("gatebook_ingest", parseIngest)
	// Where the console is: after authentication, before whatever could answer
	// in its place.
	httpcaddyfile.RegisterDirectiveOrder("gatebook_ingest", httpcaddyfile.Before, "abort")
}

func parseIngest(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	i := new(Ingest)
	return i, i.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads the directive:
//
//	gatebook_ingest [<matcher>] [<instance>] {
//	    token <token or placeholder>
//	}
func (i *Ingest) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		i.Instance = d.Val()
		if err := validInstance(i.Instance); err != nil {
			return at(d, err)
		}
		if err := noMoreArgs(d); err != nil {
			return err
		}
	}
	return eachLine(d, "gatebook_ingest", lines{
		"token": func(d *caddyfile.Dispenser) error {
			if !d.NextArg() || d.Val() == "" {
				return d.Err("token needs a value, such as {env.INGEST_TOKEN}")
			}
			i.Token = d.Val()
			if d.NextArg() {
				// The argument may be the rest of a token; it is not shown.
				return d.Err("token has one value, without blanks")
			}
			if strings.Contains(i.Token, "{") {
				return nil // what a placeholder stands for is not known yet
			}
			return at(d, validToken(i.Token))
		},
	})
}

// Interface guards
var _ caddyfile.Unmarshaler = (*Ingest)(nil)
