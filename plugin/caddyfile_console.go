package plugin

import "github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

func init() {
	registerEndpoint("gatebook_console", func() endpoint { return new(Console) })
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
