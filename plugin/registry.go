package plugin

import (
	"sync"

	"github.com/caddyserver/caddy/v2"
)

// registry holds the open logs of the process by their directory and nothing
// else: during a reload two configurations run at once, and Badger's lock admits
// a directory once. Settings are no part of the key, or a changed one would open
// the directory a second time.
var registry = logRegistry{shared: caddy.NewUsagePool()}

type logRegistry struct {
	// shared counts the configurations that use the logs.
	shared *caddy.UsagePool
	// open has the same logs; a request can look them up without being counted.
	open sync.Map
	// unclosed has logs that no configuration uses and that cannot be closed until
	// there is space on the disk.
	unclosed sync.Map
}

// acquire returns the logs of dir for one more configuration, and opens them for
// the first.
func (r *logRegistry) acquire(dir string, open func() (caddy.Destructor, error)) (*books, error) {
	val, _, err := r.shared.LoadOrNew(dir, open)
	if err != nil {
		return nil, err
	}
	return val.(*books), nil
}

// release ends the use by one configuration, and closes the logs after the last.
func (r *logRegistry) release(dir string) error {
	_, err := r.shared.Delete(dir)
	return err
}

// add has find return b.
func (r *logRegistry) add(b *books) { r.open.Store(b.dir, b) }

// remove undoes add.
func (r *logRegistry) remove(b *books) { r.open.CompareAndDelete(b.dir, b) }

// find returns the open logs of dir, or nil.
func (r *logRegistry) find(dir string) *books {
	b, _ := r.open.Load(dir)
	logs, _ := b.(*books)
	return logs
}

// keepUnclosed holds b until somebody takes it.
func (r *logRegistry) keepUnclosed(b *books) { r.unclosed.Store(b.dir, b) }

// takeToClose reports whether b is still unclosed, and takes it.
func (r *logRegistry) takeToClose(b *books) bool { return r.unclosed.CompareAndDelete(b.dir, b) }

// reuse takes the unclosed logs of dir for a configuration, and makes them open
// again. It returns nil if there are none.
func (r *logRegistry) reuse(dir string) *books {
	val, there := r.unclosed.LoadAndDelete(dir)
	if !there {
		return nil
	}
	b := val.(*books)
	r.add(b)
	return b
}
