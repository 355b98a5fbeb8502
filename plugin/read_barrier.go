package plugin

import (
	"context"
	"time"

	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/retention"
)

// checkOverdue raises the read barrier if retention is overdue.
func (b *books) checkOverdue() {
	log, err := b.events()
	if err != nil {
		return // it is checked again once the log is open
	}
	if late, err := retention.Overdue(log, time.Now()); late || err != nil {
		b.barrier.Raise()
	}
}

// reading returns the application log once its entries may be shown.
func (b *books) reading(ctx context.Context) (*applog.Log, error) {
	log, err := b.events()
	if err != nil {
		return nil, err
	}
	return log, b.barrier.Wait(ctx)
}

func (in *instance) reading(ctx context.Context) (*applog.Log, error) {
	if b := in.books.Load(); b != nil {
		return b.reading(ctx)
	}
	return nil, errNotOpen
}
