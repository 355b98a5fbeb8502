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

// Options say which logs are meant. All may be empty.
type Options struct {
	// Address is the admin endpoint of a running server, DataDir a data directory.
	Address, DataDir string
	// TokenFile has the admin token. The server knows its path.
	TokenFile string
	// Instance is needed if there are several.
	Instance string
	// Create has a directory that does not exist, or is empty, made for Instance.
	Create bool
}

// Open opens the logs of the server on o.Address, or those of o.DataDir: through the
// socket of a server that uses it, or directly. Without either it tries the socket of the
// default directory, the default address, and the default directory.
func Open(ctx context.Context, o Options) (Logs, error) {
	if o.Address != "" && o.DataDir != "" {
		return nil, command.Usagef("give --address or --data-dir, not both")
	}
	if o.Address != "" {
		return openServer(ctx, o.Address, o)
	}
	for _, address := range addresses(o.DataDir) {
		logs, err := openServer(ctx, address, o)
		if err == nil || !errors.Is(err, errNoServer) {
			return logs, err
		}
	}
	if o.DataDir == "" {
		o.DataDir = plugin.DefaultDataDir()
		if _, err := os.Stat(o.DataDir); err != nil {
			return nil, fmt.Errorf("no server answers on %s, and there is no data directory %s; give --address or --data-dir", caddy.DefaultAdminListen, o.DataDir)
		}
	}
	d, err := openDirectory(o.DataDir, o.Instance, o.Create)
	if err != nil {
		return nil, err // not a nil *Directory in an interface
	}
	return d, nil
}

func openServer(ctx context.Context, address string, o Options) (Logs, error) {
	s, err := dial(ctx, address, o.TokenFile, o.Instance)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// addresses are where a server that uses dir may answer.
func addresses(dir string) []string {
	var list []string
	if socket := plugin.AdminSocket(cmp.Or(dir, plugin.DefaultDataDir())); socket != "" {
		list = append(list, socket)
	}
	if dir == "" {
		list = append(list, caddy.DefaultAdminListen)
	}
	return list
}
