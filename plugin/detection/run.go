package detection

import (
	"context"
	"net"
	"time"
)

// storeEvery is how often is stored what changes without [Detection.Changed], such
// as bans that have expired.
const storeEvery = 10 * time.Second

// New returns a Detection that knows nothing yet: see [Detection.Start] and
// [Detection.Configure].
func New(o Options) *Detection {
	return &Detection{
		options: o,
		claims:  newCrawlerClaims(net.DefaultResolver),
		changed: make(chan struct{}, 1),
	}
}

// Start starts to store what changes, until Close. It may be called again after
// Close, when logs that could not be closed are used again.
func (d *Detection) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	d.stop, d.ended = cancel, ended
	go d.claims.run(ctx, d.verified)
	go d.reloadLists(ctx)
	go func() {
		defer close(ended)
		d.run(ctx)
	}()
}

func (d *Detection) run(ctx context.Context) {
	tick := time.NewTicker(storeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if err := d.Store(context.Background()); err != nil {
				d.options.Log.Error("flags that could not be stored are lost", "instance", d.options.Instance, "error", err)
			}
			return
		case <-d.changed:
		case <-tick.C:
		}
		_ = d.Store(ctx) // logs its failure
	}
}

// Close stores what is left, and stops.
func (d *Detection) Close() {
	d.stop()
	<-d.ended
}
