package plugin

import (
	"time"

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
