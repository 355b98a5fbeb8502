package backend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/plugin/cli/command"
)

// Environment variables that stand for --address and --data-dir.
const (
	EnvAddress = "GATEBOOK_ADDRESS"
	EnvDataDir = "GATEBOOK_DATA_DIR"
)

// ServiceSocket is the admin endpoint of a server that runs as docs/operations.md
// recommends.
const ServiceSocket = "unix//run/gatebook/admin.sock"

// Options say which logs are meant. All may be empty.
type Options struct {
	// Address is the admin endpoint of a running server, DataDir a data directory.
	Address, DataDir string
	// Config is the server's configuration file.
	Config string
	// TokenFile has the admin token. The server knows its path.
	TokenFile string
	// Instance is needed if there are several.
	Instance string
	// Create has a directory that does not exist, or is empty, made for Instance.
	Create bool
	// Note is told, in one sentence, which logs were found that were not named, and
	// what was tried before. It may be nil.
	Note func(string)
}

// Open opens the logs of the server on o.Address, or those of o.DataDir: through the
// socket of a server that uses it, or directly. Without either it tries what the
// environment and the configuration file name, then where a server usually is, and
// last the default directory.
func Open(ctx context.Context, o Options) (Logs, error) {
	if o.Address != "" && o.DataDir != "" {
		return nil, command.Usagef("give --address or --data-dir, not both")
	}
	if o.Config != "" && (o.Address != "" || o.DataDir != "") {
		return nil, command.Usagef("give --config, or --address or --data-dir, not both")
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	if o.Address == "" && o.DataDir == "" && o.Config == "" {
		o.Address = os.Getenv(EnvAddress)
		if o.Address == "" {
			o.DataDir = os.Getenv(EnvDataDir)
		}
	}
	switch {
	case o.Address != "":
		return openServer(ctx, o.Address, o)
	case o.DataDir != "":
		if logs, err := o.firstServer(ctx, plugin.AdminSocket(o.DataDir)); logs != nil || err != nil {
			return logs, err
		}
		return openStopped(o.DataDir, o.Instance, o.Create)
	}
	return o.find(ctx)
}

// find finds the logs where nobody said where they are.
func (o *Options) find(ctx context.Context) (Logs, error) {
	conf, err := readConfig(o.Config)
	if err != nil {
		return nil, err
	}
	var tried []string
	if conf != nil {
		tried = append(tried, conf.admin)
	}
	if o.Config == "" {
		tried = append(tried, plugin.AdminSocket(plugin.DefaultDataDir()), ServiceSocket, caddy.DefaultAdminListen)
	}
	if logs, err := o.firstServer(ctx, tried...); logs != nil || err != nil {
		return logs, err
	}
	dir, why := plugin.DefaultDataDir(), "the default data directory"
	if conf != nil {
		dir, why = cmp.Or(conf.dataDir, dir), "the data directory of "+conf.path
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("no server answers on %s, and there is no data directory %s; give --address or --data-dir", list(tried), dir)
	}
	o.Note(fmt.Sprintf("no server answers on %s; reading %s, %s", list(tried), dir, why))
	return openStopped(dir, o.Instance, false)
}

// firstServer returns the first server that answers, nil if there is none.
func (o *Options) firstServer(ctx context.Context, addresses ...string) (Logs, error) {
	for _, address := range addresses {
		if address == "" {
			continue // no admin endpoint, or the path of its socket would be too long
		}
		logs, err := openServer(ctx, address, *o)
		if errors.Is(err, errNoServer) {
			continue
		}
		if err == nil && o.DataDir == "" {
			o.Note("reading from the server on " + address)
		}
		return logs, err
	}
	return nil, nil
}

func openServer(ctx context.Context, address string, o Options) (Logs, error) {
	s, err := dial(ctx, address, o.TokenFile, o.Instance)
	if err != nil {
		return nil, err // not a nil *Server in an interface
	}
	return s, nil
}

func openStopped(dir, instance string, create bool) (Logs, error) {
	d, err := openDirectory(dir, instance, create)
	if err != nil {
		return nil, err // not a nil *Directory in an interface
	}
	return d, nil
}
