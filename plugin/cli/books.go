package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/retention"
)

// books are one instance's books, wherever the command finds them: with the
// running server or in a directory. Parameters are those of the HTTP API.
type books interface {
	importBooks
	personBooks
	flagBooks
	requests(ctx context.Context, params url.Values) ([]record.Request, string, error)
	// allRequests hands all that params ask for to write, some at a time.
	allRequests(ctx context.Context, params url.Values, write func(...record.Request) error) error
	failures(ctx context.Context, params url.Values) ([]record.FailureGroup, error)
	events(ctx context.Context, params url.Values) ([]record.Event, string, error)
	health(ctx context.Context) (record.Health, error)
	// retain deletes what is too old, as told says or else the configuration.
	retain(ctx context.Context, told *retention.Policy, dryRun bool) (retention.Report, error)
	// check reads all that is kept.
	check(ctx context.Context) (store.Checked, error)
	// location is the zone in which to show times.
	location() *time.Location
	close() error
}

// addBookFlags adds the flags that say which books are meant.
func addBookFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("address", "", "the running server's admin endpoint (default: a socket in the data directory, then "+caddy.DefaultAdminListen+")")
	f.String("token-file", "", "the admin token's file (default: as the server says)")
	f.String("data-dir", "", "the data directory to read")
	f.String("instance", "", "the instance; may be left out where there is one")
}

// openBooks opens the books that the flags mean: those of the server on
// --address, or of --data-dir, through the socket of a server that uses it or
// directly. Without either it is the default directory's socket, the default
// address or, where no server answers, the default directory.
func openBooks(cmd *cobra.Command) (books, error) {
	address, _ := cmd.Flags().GetString("address")
	dir, _ := cmd.Flags().GetString("data-dir")
	tokenFile, _ := cmd.Flags().GetString("token-file")
	name, _ := cmd.Flags().GetString("instance")
	if address != "" && dir != "" {
		return nil, usageError{errors.New("give --address or --data-dir, not both")}
	}
	if address != "" {
		return dial(cmd.Context(), address, tokenFile, name)
	}
	for _, address := range serversOf(dir) {
		remote, err := dial(cmd.Context(), address, tokenFile, name)
		if err == nil || !errors.Is(err, errNoServer) {
			return remote, err
		}
	}
	if dir != "" {
		return openDir(dir, name)
	}
	dir = plugin.DefaultDataDir()
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("no server answers on %s, and there is no data directory %s; give --address or --data-dir", caddy.DefaultAdminListen, dir)
	}
	return openDir(dir, name)
}

// serversOf are the addresses where a server may answer that uses dir.
func serversOf(dir string) []string {
	var list []string
	if socket := plugin.AdminSocket(cmp.Or(dir, plugin.DefaultDataDir())); socket != "" {
		list = append(list, socket)
	}
	if dir == "" {
		list = append(list, caddy.DefaultAdminListen)
	}
	return list
}

// directory is a data directory that no server uses.
type directory struct {
	store *store.Store
	logs  *service.Logs
}

// openDir opens an instance's directory, or the one in a data directory.
func openDir(dir, name string) (books, error) {
	instance, err := instanceDir(dir, name)
	if err != nil {
		return nil, err
	}
	tellMissing(instance)
	s, err := store.Open(instance, store.Options{Instance: filepath.Base(instance), Name: plugin.Name})
	if err != nil {
		return nil, err
	}
	return &directory{s, service.New(s, service.Options{Instance: filepath.Base(instance), Location: time.Local})}, nil
}

// instanceDir finds the instance's directory below dir, which may be that
// directory itself. It never makes one.
func instanceDir(dir, name string) (string, error) {
	if isInstance(dir) {
		abs, err := filepath.Abs(dir)
		if err == nil && name != "" && name != filepath.Base(abs) {
			return "", fmt.Errorf("%s holds the instance %q, not %q", dir, filepath.Base(abs), name)
		}
		return abs, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("reading the data directory: %w", err)
	}
	var found []string
	for _, e := range entries {
		if isInstance(filepath.Join(dir, e.Name())) {
			found = append(found, e.Name())
		}
	}
	switch {
	case len(found) == 0:
		return "", fmt.Errorf("%s holds no instance's books; give the directory that data_dir names", dir)
	case name == "" && len(found) == 1:
		name = found[0]
	case name == "":
		return "", usageError{fmt.Errorf("%s holds several instances; give --instance, one of %s", dir, strings.Join(found, ", "))}
	case !isInstance(filepath.Join(dir, name)):
		return "", fmt.Errorf("%s holds no instance %q; there are: %s", dir, name, strings.Join(found, ", "))
	}
	return filepath.Abs(filepath.Join(dir, name))
}

func isInstance(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, store.MarkerName))
	return err == nil
}

func (d *directory) requests(ctx context.Context, params url.Values) ([]record.Request, string, error) {
	q, err := query.ParseRequests(params, time.Now(), d.location())
	if err != nil {
		return nil, "", err
	}
	return d.logs.Requests(ctx, q)
}

func (d *directory) events(ctx context.Context, params url.Values) ([]record.Event, string, error) {
	q, err := query.ParseEvents(params, time.Now(), d.location())
	if err != nil {
		return nil, "", err
	}
	return d.logs.Events(ctx, q)
}

func (d *directory) health(context.Context) (record.Health, error) { return d.logs.Health(), nil }

func (d *directory) location() *time.Location { return d.logs.Location() }

func (d *directory) close() error { return d.store.Close() }
