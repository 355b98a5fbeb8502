package plugin

import (
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

func init() {
	registerEndpoint("gatebook_console", func() endpoint { return new(Console) })
	registerEndpoint("gatebook_ingest", func() endpoint { return new(Ingest) })
}

// UnmarshalCaddyfile reads the directive:
//
//	gatebook_console [<matcher>] application|security [<instance>] {
//	    allow_users <name…>
//	    require     <placeholder> <value…>
//	    identity    <placeholder>
//	    logout      <address>
//	    insecure_no_auth
//	}
func (c *Console) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if err := oneOf(d, &c.Role, consoleRoles...); err != nil {
		return err
	}
	if err := instanceArg(d, &c.Instance); err != nil {
		return err
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
		"logout":   func(d *caddyfile.Dispenser) error { return oneArg(d, &c.Logout) },
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

// UnmarshalCaddyfile reads the directive:
//
//	gatebook_ingest [<matcher>] [<instance>] {
//	    token <token or placeholder>
//	}
func (i *Ingest) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if err := instanceArg(d, &i.Instance); err != nil {
		return err
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
				return nil // the value of a placeholder is not known yet
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
