package plugin

import (
	"bytes"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestOutputQueue: a receiver that takes nothing holds so many bytes and no
// more, and what was dropped is told when it goes on.
func TestOutputQueue(t *testing.T) {
	core, logged := observer.New(zap.WarnLevel)
	var ring bytes.Buffer
	q := &outputQueue{ring: &ring, log: zap.New(core)}
	line := bytes.Repeat([]byte("x"), 64<<10)
	for range 1000 {
		if n, err := q.Write(line); n != len(line) || err != nil {
			t.Fatalf("Write: %d, %v", n, err)
		}
	}
	if ring.Len() > outputBytes+len(line) {
		t.Fatalf("%d bytes wait", ring.Len())
	}
	taken := ring.Len() / len(line)
	w := &patientWriter{Writer: new(bytes.Buffer), log: q.log, queue: q}
	for range taken {
		if _, err := w.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if n := q.bytes.Load(); n != 0 {
		t.Errorf("%d bytes wait after all were written", n)
	}
	if _, err := q.Write(line); err != nil {
		t.Fatal(err)
	}
	told := logged.FilterMessageSnippet("dropped").All()
	if len(told) != 1 || told[0].ContextMap()["lines"] != int64(1000-taken) {
		t.Errorf("told %v, dropped %d", told, 1000-taken)
	}
}

func TestOutputAddress(t *testing.T) {
	for address, good := range map[string]bool{
		"localhost:5170": true, "udp/localhost:514": true, "[::1]:5170": true, "unix//run/collector.sock": true,
		"collector": false, "tcp/collector": false, "udp/10.0.0.1": false, "localhost:0": false, "localhost:1-2": false, "": false,
	} {
		if err := (&Output{To: "net", Address: address}).validate(); (err == nil) != good {
			t.Errorf("net %q: %v", address, err)
		}
	}
}
