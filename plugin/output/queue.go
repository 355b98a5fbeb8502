package output

import (
	"io"
	"sync/atomic"

	"go.uber.org/zap"
)

// Limits of the queue for a slow receiver.
const (
	maxLines = 10_000
	maxBytes = 16 << 20
)

// queue bounds the bytes in the ring, which itself bounds only the lines.
type queue struct {
	ring           io.Writer
	log            *zap.Logger
	bytes, dropped atomic.Int64
}

// Write queues a line, or drops it. It never blocks.
func (q *queue) Write(line []byte) (int, error) {
	if q.bytes.Load() > maxBytes {
		q.dropped.Add(1)
		return len(line), nil
	}
	if n := q.dropped.Swap(0); n > 0 {
		q.log.Warn("output is too slow; lines were dropped", zap.Int64("lines", n))
	}
	q.bytes.Add(int64(len(line)))
	return q.ring.Write(line)
}

// overwritten counts lines that the ring dropped. The ring does not say how long
// they were, so the count of bytes starts again at 0.
func (q *queue) overwritten(lines int) {
	q.bytes.Store(0)
	q.dropped.Add(int64(lines))
}

// loggedWriter writes the queued lines to the destination, and logs the first of
// successive errors.
type loggedWriter struct {
	io.Writer
	log    *zap.Logger
	queue  *queue
	failed bool
}

// Write returns no error: the diode would print it to standard error for every
// line.
func (w *loggedWriter) Write(line []byte) (int, error) {
	_, err := w.Writer.Write(line)
	w.queue.bytes.Add(-int64(len(line)))
	if err != nil && !w.failed {
		w.log.Error("output cannot be written; lines are lost until it can", zap.Error(err))
	}
	w.failed = err != nil
	return len(line), nil
}

// Close closes the destination if it is an [io.Closer].
func (w *loggedWriter) Close() error {
	if c, ok := w.Writer.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
