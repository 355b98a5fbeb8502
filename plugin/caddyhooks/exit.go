package caddyhooks

import (
	"context"
	"sync"

	"github.com/caddyserver/caddy/v2"
)

// atExit holds the functions to call when the process exits, in order.
var atExit struct {
	mu        sync.Mutex
	functions []func() error
}

func init() {
	// caddy.OnExit wants one registration for the process.
	caddy.OnExit(func(context.Context) {
		atExit.mu.Lock()
		defer atExit.mu.Unlock()
		for _, f := range atExit.functions {
			if err := f(); err != nil {
				caddy.Log().Named("gatebook").Error(err.Error())
			}
		}
		atExit.functions = nil
	})
}

// CloseLast calls f. While the process exits, it calls f only after Caddy has
// cleaned up all modules: one of these cleanups cuts upgraded connections, which
// are recorded then, and its order relative to others is random.
func CloseLast(f func() error) error {
	if !caddy.Exiting() {
		return f()
	}
	atExit.mu.Lock()
	defer atExit.mu.Unlock()
	atExit.functions = append(atExit.functions, f)
	return nil
}
