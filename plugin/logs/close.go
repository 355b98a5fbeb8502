package logs

import (
	"context"
	"fmt"
	"time"
)

// closeTimeout is how long closing waits for the requests in flight.
const closeTimeout = 2 * time.Second

// close closes the logs after the requests in flight. If the process exits, requests
// that take longer than closeTimeout are recorded as far as they have come; otherwise
// they continue, and are lost.
func (l *Logs) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	l.InFlight.Wait(ctx)
	if l.o.Exiting() {
		l.InFlight.Interrupt()
	}
	if err := l.closeStore(); err != nil {
		return fmt.Errorf("closing %s: %w", l.o.Dir, err)
	}
	return nil
}
