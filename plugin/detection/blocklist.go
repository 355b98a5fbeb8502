package detection

import (
	"context"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/blocklist"
)

// reloadEvery is how often the files of block lists are looked at.
const reloadEvery = 10 * time.Second

// listErrors are the errors of block lists that were logged.
type listErrors map[*blocklist.List]string

// reloadLists reads the block lists of the active configuration again when they
// change, until ctx ends.
func (d *Detection) reloadLists(ctx context.Context) {
	tick := time.NewTicker(reloadEvery)
	defer tick.Stop()
	logged := listErrors{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			logged = d.reloadOnce(logged)
		}
	}
}

// reloadOnce logs each error once, and when a list is good again. It returns the
// errors of the lists that are in use.
func (d *Detection) reloadOnce(logged listErrors) listErrors {
	now := listErrors{}
	active := d.active.Load()
	if active == nil {
		return now
	}
	log := d.options.Log.With("instance", d.options.Instance)
	for _, b := range active.Config.Blocklists {
		changed, err := b.List.Reload()
		switch {
		case err != nil:
			if now[b.List] = err.Error(); now[b.List] != logged[b.List] {
				log.Error("a block list has errors", "error", err)
			}
		case logged[b.List] != "":
			log.Info("the block list is good again", "files", b.List.Paths(), "prefixes", b.List.Len())
		case changed:
			log.Info("a changed block list is in use", "files", b.List.Paths(), "prefixes", b.List.Len())
		}
	}
	return now
}
