package plugin

import (
	"context"
	"sync"

	"github.com/caddyserver/caddy/v2"
)

// last holds what is closed when the process exits, in order.
var last struct {
	mu    sync.Mutex
	close []func() error
}

func init() {
	// Registered once for the process, as caddy.OnExit asks.
	caddy.OnExit(func(context.Context) {
		last.mu.Lock()
		defer last.mu.Unlock()
		for _, f := range last.close {
			if err := f(); err != nil {
				caddy.Log().Named("gatebook").Error(err.Error())
			}
		}
		last.close = nil
	})
}

// closeLast calls f, but while the process exits only after Caddy has cleaned
// up everything else: upgraded connections are cut, and so recorded, in a
// cleanup whose order relative to ours is random.
func closeLast(f func() error) error {
	if !caddy.Exiting() {
		return f()
	}
	last.mu.Lock()
	defer last.mu.Unlock()
	last.close = append(last.close, f)
	return nil
}
