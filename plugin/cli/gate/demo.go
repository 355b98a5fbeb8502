package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/spf13/cobra"
	"golang.org/x/crypto/bcrypt"

	"github.com/gatebook/gatebook/demo"
	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/plugin/cli/command"
)

const (
	demoInstance = "demo"
	demoTimezone = "Europe/Berlin"
	// maxDemoPort leaves room for the second door, ten ports further.
	maxDemoPort = 65525
)

// SetDemo makes the command demo.
func SetDemo(cmd *cobra.Command) {
	cmd.Long = `Starts a sample desk-booking application, the gate in front of it and
visitors, attackers among them, all on this machine and for this machine only, and prints where to
look. Everything it writes goes into a temporary directory and is removed at
the end.`
	f := cmd.Flags()
	f.Duration("duration", 0, "end after this time (default: with Ctrl-C)")
	f.Int("port", 8080, "the port of the site; the security console takes another one; a free one when this is taken")
	command.Set(cmd, runDemo)
}

func runDemo(cmd *cobra.Command) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	d, _ := cmd.Flags().GetDuration("duration")
	if port, _ := cmd.Flags().GetInt("port"); d < 0 || port < 0 || port > maxDemoPort {
		return command.Usagef("--duration must not be negative, and --port must be from 0 (any) to %d", maxDemoPort)
	}
	if d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	port, _ := cmd.Flags().GetInt("port")
	return playDemo(ctx, port, os.Stdout)
}

// playDemo runs the demo until ctx ends.
func playDemo(ctx context.Context, port int, out io.Writer) error {
	dir, err := os.MkdirTemp("", "gatebook-demo-")
	if err != nil {
		return fmt.Errorf("making a directory for the demo: %w", err)
	}
	defer os.RemoveAll(dir)

	app, err := serveApp(ctx)
	if err != nil {
		return err
	}
	where, err := demoAddresses(app, port)
	if err != nil {
		return err
	}
	cfg, err := demoConfig(dir, where)
	if err != nil {
		return err
	}
	if err := caddy.Run(cfg); err != nil {
		return fmt.Errorf("starting the gate: %w", err)
	}
	defer caddy.Stop()
	greet(out, where, dir)

	visitors := &demo.Visitors{Target: "http://" + where.site}
	if err := visitors.Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("playing the visitors: %w", err)
	}
	<-ctx.Done()
	fmt.Fprintln(out, "\nThe demo is over; what it wrote is removed.")
	return nil
}

// addresses are those of the demo, as host:port.
type addresses struct{ app, site, security string }

// demoAddresses finds ports for the gate, the wished one if it is free.
func demoAddresses(app string, wished int) (where addresses, err error) {
	where.app = app
	security := 0
	if wished > 0 {
		security = wished + 10
	}
	for to, port := range map[*string]int{&where.site: wished, &where.security: security} {
		if *to, err = freeAddress(port); err != nil {
			return where, err
		}
	}
	return where, nil
}

func freeAddress(port int) (string, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil && port != 0 {
		return freeAddress(0)
	}
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// serveApp serves the sample application until ctx ends.
func serveApp(ctx context.Context) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("starting the sample application: %w", err)
	}
	srv := &http.Server{
		Handler:           demo.NewApp(demo.AppOptions{LogURL: "/logs/"}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			command.PrintError(fmt.Errorf("the sample application stopped: %w", err))
		}
	}()
	context.AfterFunc(ctx, func() { srv.Close() })
	return l.Addr().String(), nil
}

func demoConfig(dir string, where addresses) (*caddy.Config, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(demo.Password), bcrypt.MinCost)
	if err != nil {
		return nil, err
	}
	site := append(
		[]caddyhttp.Route{route(gate(demoInstance, demoSettings()))},
		under("/logs", login("admin", string(hash)), consoleOf("application"))...,
	)
	site = append(site, route(proxyTo(where.app)))
	admin := plugin.AdminSocket(dir)
	if admin == "" {
		return nil, fmt.Errorf("%s is too long a path for a socket; set TMPDIR to a shorter one", dir)
	}
	off := &caddyhttp.AutoHTTPSConfig{Disabled: true}
	cfg := config(
		&plugin.App{DataDir: dir},
		caddyhttp.App{Servers: map[string]*caddyhttp.Server{
			"site": {
				Listen: []string{where.site}, Routes: site, AutoHTTPS: off,
				// The visitors come from this machine and say in
				// X-Forwarded-For from where they would.
				TrustedProxiesRaw: []byte(`{"source":"static","ranges":["127.0.0.1/32"]}`),
			},
			"security": {
				Listen: []string{where.security}, AutoHTTPS: off,
				Routes: caddyhttp.RouteList{route(login("security", string(hash)), consoleOf("security"))},
			},
		}},
		admin,
	)
	quiet(cfg)
	return cfg, nil
}

// demoSettings have attackers refused. People are told apart by their sessions,
// as many of them come from one address.
func demoSettings() plugin.Settings {
	return plugin.Settings{
		Timezone:       demoTimezone,
		ApplicationLog: &plugin.ApplicationLogSettings{SessionCookie: demo.SessionCookie},
		Abuse:          &plugin.AbuseSettings{Mode: plugin.ModeEnforce},
	}
}

func consoleOf(role string) []byte {
	return handler("gatebook_console", plugin.Console{Role: role, Instance: demoInstance})
}

func greet(out io.Writer, where addresses, dir string) {
	fmt.Fprintf(out, `
  Gatebook is in front of a sample desk-booking application.

  1. Click around       http://%s/
                        log in with one of the accounts it shows, book a desk
  2. See it logged      http://%s/logs/
     application log    login admin, password %s
  3. See every request  http://%s/
     server log         login security, password %s
  4. See who attacks    http://%s/flags

  On the command line   gatebook events   --data-dir %s
                        gatebook requests --data-dir %[7]s
                        gatebook stats    --data-dir %[7]s

  Visitors are at work, attackers among them. Ctrl-C ends the demo.
`, where.site, where.site, demo.Password, where.security, demo.Password, where.security, dir)
}
