package plugin

import (
	"errors"
	"fmt"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/gatebook/gatebook/plugin/output"
)

// Output says where each record goes as a JSON line. Lines that the receiver
// is too slow for are dropped, counted and logged; the server never waits for
// it.
type Output struct {
	// `stdout`, `stderr`, `file` or `net`.
	To string `json:"to"`

	// The file, opened for appending. Placeholders are supported.
	Path string `json:"path,omitempty"`

	// The address of a listening socket, such as `localhost:5170`,
	// `udp/localhost:514` or `unix//run/collector.sock`.
	Address string `json:"address,omitempty"`
}

var outputs = []string{"stdout", "stderr", "file", "net"}

func (o *Output) provision(repl *caddy.Replacer) error {
	if o == nil {
		return nil
	}
	o.Path, o.Address = repl.ReplaceKnown(o.Path, ""), repl.ReplaceKnown(o.Address, "")
	return o.validate()
}

func (o *Output) validate() error {
	if !slices.Contains(outputs, o.To) {
		return fmt.Errorf("%q must be stdout, stderr, file <path> or net <address>", o.To)
	}
	if o.To == "file" && o.Path == "" {
		return errors.New("file needs a path")
	}
	if o.To == "net" {
		addr, err := caddy.ParseNetworkAddress(o.Address)
		if err != nil || !addr.IsUnixNetwork() && (addr.StartPort == 0 || addr.PortRangeSize() != 1) {
			return fmt.Errorf("net needs one address with one port, such as localhost:5170, not %q", o.Address)
		}
	}
	return nil
}

// open opens the output, or returns nil where none is configured.
func (o *Output) open(log *zap.Logger) (*output.Output, error) {
	if o == nil {
		return nil, nil
	}
	to := output.Destination{To: o.To, Path: o.Path}
	if o.To == "net" {
		addr, err := caddy.ParseNetworkAddress(o.Address)
		if err != nil {
			return nil, err
		}
		to.Network, to.Address = addr.Network, addr.JoinHostPort(0)
	}
	return output.Open(to, log)
}
