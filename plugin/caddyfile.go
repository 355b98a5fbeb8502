package plugin

import (
	"fmt"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	httpcaddyfile.RegisterGlobalOption("gatebook", parseGlobal)
	httpcaddyfile.RegisterHandlerDirective("gatebook", parseHandler)
	// First in the chain: all responses of the handlers after it are recorded.
	httpcaddyfile.RegisterDirectiveOrder("gatebook", httpcaddyfile.Before, "tracing")
}

// parseGlobal reads the global option:
//
//	gatebook {
//	    data_dir <path>
//	    geoip    <file…>
//	    output   stdout|stderr|file <path>|net <address>
//	}
func parseGlobal(d *caddyfile.Dispenser, existing any) (any, error) {
	if existing != nil {
		d.Next() // to where file and line are known
		return nil, d.Err("the global option gatebook is there already; merge the two blocks")
	}
	app := new(App)
	if err := app.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "gatebook", Value: caddyconfig.JSON(app, nil)}, nil
}

// UnmarshalCaddyfile reads the global option; see parseGlobal for its syntax.
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if err := noMoreArgs(d); err != nil {
		return err
	}
	return eachLine(d, "gatebook", lines{
		"data_dir": func(d *caddyfile.Dispenser) error { return oneArg(d, &a.DataDir) },
		"geoip": func(d *caddyfile.Dispenser) error {
			a.GeoIP = d.RemainingArgs()
			return atLeastOne(d, a.GeoIP)
		},
		"output": func(d *caddyfile.Dispenser) error {
			a.Output = new(Output)
			return a.Output.unmarshal(d)
		},
	})
}

func (o *Output) unmarshal(d *caddyfile.Dispenser) error {
	if err := oneOf(d, &o.To, outputs...); err != nil {
		return err
	}
	switch o.To {
	case "file":
		return oneArg(d, &o.Path)
	case "net":
		if err := oneArg(d, &o.Address); err != nil || strings.Contains(o.Address, "{") {
			return err // the value of a placeholder is not known yet
		}
		return at(d, o.validate())
	}
	return noMoreArgs(d)
}

// declaredKey is the key under which one adaptation keeps the declarations of
// instances, by name.
const declaredKey = "gatebook.declared"

type declaration struct {
	settings string
	where    string // file:line
}

// parseHandler reads the directive; see Handler.UnmarshalCaddyfile. It refuses
// an instance that is declared differently in two places, because only here
// file and line are known.
func parseHandler(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	h.Next() // to where file and line are known
	where := fmt.Sprintf("%s:%d", h.File(), h.Line())
	h.Reset()
	var handler Handler
	if err := handler.UnmarshalCaddyfile(h.Dispenser); err != nil {
		return nil, err
	}
	if handler.empty() {
		return &handler, nil
	}
	declared, _ := h.State[declaredKey].(map[string]declaration)
	if declared == nil {
		declared = map[string]declaration{}
		h.State[declaredKey] = declared
	}
	settings := string(caddyconfig.JSON(handler.Settings, nil))
	name := handler.Instance
	if name == "" {
		name = DefaultInstance
	}
	if other, ok := declared[name]; ok && other.settings != settings {
		return nil, fmt.Errorf("%s: instance %q has other settings than at %s; make them equal, or leave them out in one of the two", where, name, other.where)
	}
	declared[name] = declaration{settings, where}
	return &handler, nil
}

// UnmarshalCaddyfile reads the directive:
//
//	gatebook [<matcher>] [<instance>] {
//	    timezone <name>
//	    server_log {
//	        retention <duration>
//	        full_ip   <duration>
//	        skip      <path…>
//	    }
//	    application_log {
//	        retention      <duration>
//	        anonymize      <category> <duration>
//	        strict         <path…>
//	        session_cookie <name>
//	    }
//	    abuse {
//	        mode      observe|enforce
//	        rate      <requests>/s burst <requests>
//	        allow     <address|prefix…>
//	        rule      <name> observe|throttle|block|off
//	        ban       <duration>
//	        on_banned 403|abort
//	        keep      <duration>
//	    }
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if err := instanceArg(d, &h.Instance); err != nil {
		return err
	}
	return eachLine(d, "gatebook", lines{
		"timezone": func(d *caddyfile.Dispenser) error {
			if err := oneArg(d, &h.Timezone); err != nil {
				return err
			}
			_, err := h.location()
			return at(d, err)
		},
		"server_log": func(d *caddyfile.Dispenser) error {
			h.ServerLog = new(ServerLogSettings)
			return h.ServerLog.unmarshal(d)
		},
		"application_log": func(d *caddyfile.Dispenser) error {
			h.ApplicationLog = new(ApplicationLogSettings)
			return h.ApplicationLog.unmarshal(d)
		},
		"abuse": func(d *caddyfile.Dispenser) error {
			h.Abuse = new(AbuseSettings)
			return h.Abuse.unmarshal(d)
		},
	})
}

func (s *ServerLogSettings) unmarshal(d *caddyfile.Dispenser) error {
	return block(d, "server_log", s.validate, lines{
		"retention": func(d *caddyfile.Dispenser) error { return retentionPeriod(d, &s.Retention) },
		"full_ip":   func(d *caddyfile.Dispenser) error { return retentionPeriod(d, &s.FullIP) },
		"skip":      func(d *caddyfile.Dispenser) error { return pathList(d, &s.Skip) },
	})
}

func (s *ApplicationLogSettings) unmarshal(d *caddyfile.Dispenser) error {
	return block(d, "application_log", s.validate, lines{
		"retention": func(d *caddyfile.Dispenser) error { return retentionPeriod(d, &s.Retention) },
		"anonymize*": func(d *caddyfile.Dispenser) error {
			if !d.NextArg() {
				return d.Err("anonymize needs a category and a duration, such as booking 30d")
			}
			category := d.Val()
			if _, twice := s.Anonymize[category]; twice {
				return d.Errf("anonymize %s is there already", category)
			}
			var after caddy.Duration
			if err := duration(d, "anonymize "+category, &after); err != nil {
				return err
			}
			if s.Anonymize == nil {
				s.Anonymize = map[string]caddy.Duration{}
			}
			s.Anonymize[category] = after
			return nil
		},
		"strict":         func(d *caddyfile.Dispenser) error { return pathList(d, &s.Strict) },
		"session_cookie": func(d *caddyfile.Dispenser) error { return oneArg(d, &s.SessionCookie) },
	}.checked(s.validate))
}

// Interface guards
var (
	_ caddyfile.Unmarshaler = (*App)(nil)
	_ caddyfile.Unmarshaler = (*Handler)(nil)
)
