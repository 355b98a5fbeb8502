package gate

import (
	"fmt"
	"os"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/plugin/cli/command"
)

// SetProxy makes the command proxy.
func SetProxy(cmd *cobra.Command) {
	cmd.Long = `Puts the gate in front of an application with both logs on, like
caddy reverse-proxy. A --from with a host name gets a certificate by itself.

	$ gatebook proxy --from :8080 --to localhost:9000
	$ gatebook requests
	$ gatebook events

The consoles need somebody who says whom to let in: write a Caddyfile for them.`
	f := cmd.Flags()
	f.String("from", "localhost", "the address on which to receive requests")
	f.StringArray("to", nil, "the application's address; may be given several times")
	f.String("instance", plugin.DefaultInstance, "the instance whose logs are kept")
	f.String("timezone", "", "the time zone in which dates are meant (Europe/Berlin)")
	f.String("data-dir", plugin.DefaultDataDir(), "where the logs are kept")
	f.String("admin", "", "the admin endpoint's address (default: a socket in the data directory)")
	command.Set(cmd, runProxy)
}

func runProxy(cmd *cobra.Command) error {
	cfg, err := proxyConfig(cmd)
	if err != nil {
		return err
	}
	if dir, _ := cmd.Flags().GetString("data-dir"); dir != "" {
		// The admin endpoint's socket is in it, and is opened first.
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("making the data directory: %w", err)
		}
	}
	caddy.TrapSignals()
	if err := caddy.Run(cfg); err != nil {
		return err
	}
	select {} // signals end the process
}

func proxyConfig(cmd *cobra.Command) (*caddy.Config, error) {
	f := cmd.Flags()
	from, _ := f.GetString("from")
	to, _ := f.GetStringArray("to")
	instance, _ := f.GetString("instance")
	timezone, _ := f.GetString("timezone")
	dataDir, _ := f.GetString("data-dir")
	admin, _ := f.GetString("admin")
	if len(to) == 0 {
		return nil, command.Usagef("--to is missing: the address of the application, such as localhost:9000")
	}
	for i, s := range to {
		dial, err := upstream(s)
		if err != nil {
			return nil, command.Usage(err)
		}
		to[i] = dial
	}
	addr, err := httpcaddyfile.ParseAddress(from)
	if err != nil {
		return nil, command.Usagef("--from %q: %w", from, err)
	}
	wanted := plugin.Handler{Instance: instance, Settings: plugin.Settings{Timezone: timezone}}
	if err := wanted.Validate(); err != nil {
		return nil, command.Usage(err)
	}
	if admin == "" {
		admin = plugin.AdminSocket(dataDir)
	}
	site := route(gate(instance, wanted.Settings), proxyTo(to...))
	if addr.Host != "" {
		site.MatcherSetsRaw = caddyhttp.RawMatcherSets{{"host": []byte(fmt.Sprintf("[%q]", addr.Host))}}
	}
	srv := &caddyhttp.Server{Routes: caddyhttp.RouteList{site}, Listen: []string{listenOn(addr)}}
	if addr.Scheme == "http" || addr.Host == "" && addr.Scheme == "" {
		srv.AutoHTTPS = &caddyhttp.AutoHTTPSConfig{Disabled: true}
	}
	return config(
		&plugin.App{DataDir: dataDir},
		caddyhttp.App{Servers: map[string]*caddyhttp.Server{"gate": srv}},
		admin,
	), nil
}

func listenOn(addr httpcaddyfile.Address) string {
	switch {
	case addr.Port != "":
		return ":" + addr.Port
	case addr.Scheme == "http":
		return ":80"
	}
	return ":443"
}
