// Package output copies records as JSON lines to a stream, a file or a socket.
// It never makes a request wait: lines that the receiver is too slow for are
// dropped, counted and logged.
package output

import (
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"
	"github.com/rs/zerolog/diode"
	"go.uber.org/zap"

	"github.com/gatebook/gatebook/record"
)

// pollInterval is how often the writing goroutine looks for lines. A diode that
// does not poll can miss its wake-up, and leaves the last line in the ring until
// another one comes.
const pollInterval = 50 * time.Millisecond

// closeTimeout bounds how long [Output.Close] waits for the receiver.
const closeTimeout = 2 * time.Second

// Output is an open output. A nil Output takes every record and writes nothing.
type Output struct {
	to    Destination
	lines zerolog.Logger
	ring  io.Closer
}

// Open opens the destination. A socket is connected when the first line is
// written. Lost lines are logged to log.
func Open(to Destination, log *zap.Logger) (*Output, error) {
	w, err := to.open()
	if err != nil {
		return nil, err
	}
	q := &queue{log: log}
	ring := diode.NewWriter(&loggedWriter{Writer: w, log: log, queue: q}, maxLines, pollInterval, q.overwritten)
	q.ring = ring
	return &Output{to: to, lines: zerolog.New(q), ring: ring}, nil
}

// Request writes a request of the server log.
func (o *Output) Request(r *record.Request) {
	if o != nil {
		o.lines.Log().Str("log", "server").Interface("request", r).Send()
	}
}

// Event writes an event of an instance's application log.
func (o *Output) Event(instance string, e *record.Event) {
	if o != nil {
		o.lines.Log().Str("log", "application").Str("instance", instance).Interface("event", e).Send()
	}
}

// Close writes the queued lines and closes the output. It gives up on a
// receiver that reads nothing, because reloads and the end of the process wait
// for it.
func (o *Output) Close() error {
	if o == nil {
		return nil
	}
	closed := make(chan error, 1)
	go func() { closed <- o.ring.Close() }()
	select {
	case err := <-closed:
		return err
	case <-time.After(closeTimeout):
		return fmt.Errorf("output to %s: its receiver is stuck; the lines that wait for it may be lost", o.to.To)
	}
}
