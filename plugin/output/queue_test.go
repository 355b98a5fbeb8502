package output

import (
	"bytes"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestQueue checks that a receiver that reads nothing holds a bounded number of
// bytes, and that the dropped lines are reported when it reads again.
func TestQueue(t *testing.T) {
	core, logged := observer.New(zap.WarnLevel)
	var ring bytes.Buffer
	q := &queue{ring: &ring, log: zap.New(core)}
	line := bytes.Repeat([]byte("x"), 64<<10)
	for range 1000 {
		if n, err := q.Write(line); n != len(line) || err != nil {
			t.Fatalf("Write: %d, %v", n, err)
		}
	}
	if ring.Len() > maxBytes+len(line) {
		t.Fatalf("%d bytes are queued", ring.Len())
	}
	queued := ring.Len() / len(line)
	w := &loggedWriter{Writer: new(bytes.Buffer), log: q.log, queue: q}
	for range queued {
		if _, err := w.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if n := q.bytes.Load(); n != 0 {
		t.Errorf("%d bytes are queued after all were written", n)
	}
	if _, err := q.Write(line); err != nil {
		t.Fatal(err)
	}
	reports := logged.FilterMessageSnippet("dropped").All()
	if len(reports) != 1 || reports[0].ContextMap()["lines"] != int64(1000-queued) {
		t.Errorf("reported %v, dropped %d", reports, 1000-queued)
	}
}
