package plugin

import (
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

func init() {
	registerEndpoint("gatebook_ingest", func() endpoint { return new(Ingest) })
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
var _ caddyfile.Unmarshaler = (*Ingest)(nil)
