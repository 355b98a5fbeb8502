package plugin

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	httpcaddyfile.RegisterHandlerDirective("gatebook_console", parseConsole)
	// After authentication, and before whatever could answer in its place.
	httpcaddyfile.RegisterDirectiveOrder("gatebook_console", httpcaddyfile.Before, "abort")
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

// Interface guards
var _ caddyfile.Unmarshaler = (*Console)(nil)
