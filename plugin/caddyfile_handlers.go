package plugin

import (
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	httpcaddyfile.RegisterHandlerDirective("gatebook_console", parseConsole)
	httpcaddyfile.RegisterHandlerDirective("gatebook_ingest", parseIngest)
	// After authentication, and before whatever could answer in their place.
	httpcaddyfile.RegisterDirectiveOrder("gatebook_console", httpcaddyfile.Before, "abort")
	httpcaddyfile.RegisterDirectiveOrder("gatebook_ingest", httpcaddyfile.Before, "abort")
}

func parseConsole(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	c := new(Console)
	return c, c.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads the directive:
//
//	gatebook_console [<matcher>] application|security [<instance>] {
//	    allow_users <name…>
//	    require     <placeholder> <value…>
//	    identity    <placeholder>
//	    insecure_no_auth
//	}
func (c *Console) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if err := oneOf(d, &c.Role, consoleRoles...); err != nil {
		return err
	}
	if d.NextArg() {
		c.Instance = d.Val()
		if err := validInstance(c.Instance); err != nil {
			return d.WrapErr(err)
		}
		if err := noMoreArgs(d); err != nil {
			return err
		}
	}
	err := eachLine(d, "gatebook_console", lines{
		"allow_users": func(d *caddyfile.Dispenser) error {
			c.AllowUsers = d.RemainingArgs()
			return atLeastOne(d, c.AllowUsers)
		},
		"require*": func(d *caddyfile.Dispenser) error {
			args := d.RemainingArgs()
			if len(args) < 2 {
				return d.Err("require needs a placeholder and at least one value")
			}
			c.Require = append(c.Require, Requirement{args[0], args[1:]})
			return nil
		},
		"identity": func(d *caddyfile.Dispenser) error { return oneArg(d, &c.Identity) },
		"insecure_no_auth": func(d *caddyfile.Dispenser) error {
			c.InsecureNoAuth = true
			return noMoreArgs(d)
		},
	})
	if err != nil {
		return err
	}
	return at(d, c.Validate())
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
var (
	_ caddyfile.Unmarshaler = (*Console)(nil)
	_ caddyfile.Unmarshaler = (*Ingest)(nil)
)
