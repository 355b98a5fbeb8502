package known

import (
	"sync"

	"github.com/gatebook/gatebook/record"
)

// Outbox collects users and sessions that are to be stored. It may be used
// concurrently.
type Outbox struct {
	mu   sync.Mutex
	list []record.Known
}

// maxOutbox bounds an outbox; the oldest are dropped.
const maxOutbox = 1 << 14

// Add adds to the outbox.
func (o *Outbox) Add(list ...record.Known) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, list...)
	if more := len(o.list) - maxOutbox; more > 0 {
		o.list = append(o.list[:0], o.list[more:]...)
	}
}

// Take empties the outbox.
func (o *Outbox) Take() []record.Known {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := o.list
	o.list = nil
	return list
}
