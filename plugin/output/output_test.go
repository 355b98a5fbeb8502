package output

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/zap"

	"github.com/gatebook/gatebook/record"
)

// TestFile checks that Close writes the queued lines, and that a file is
// appended to.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines")
	for range 2 {
		o, err := Open(Destination{To: "file", Path: path}, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		o.Request(&record.Request{Path: "/a"})
		o.Event("acme", &record.Event{Text: "Booked."})
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines, want 4:\n%s", len(lines), data)
	}
	for i, line := range lines {
		checkLine(t, line, i%2 == 0)
	}
}

func checkLine(t *testing.T, line string, request bool) {
	t.Helper()
	var got struct {
		Log, Instance string
		Request       *record.Request
		Event         *record.Event
	}
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	switch {
	case request && (got.Log != "server" || got.Request == nil || got.Request.Path != "/a"):
		t.Errorf("%s is not the request", line)
	case !request && (got.Log != "application" || got.Instance != "acme" || got.Event == nil || got.Event.Text != "Booked."):
		t.Errorf("%s is not the event", line)
	}
}

func TestSocket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o, err := Open(Destination{To: "net", Network: "tcp", Address: l.Addr().String()}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	o.Request(&record.Request{Path: "/a"})
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	checkLine(t, line, true)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSocketRetry checks that an unreachable receiver is not dialled for every
// line.
func TestSocketRetry(t *testing.T) {
	s := &socket{network: "unix", address: filepath.Join(t.TempDir(), "none")}
	if _, err := s.Write([]byte("a\n")); err == nil || errors.Is(err, errNotConnected) {
		t.Errorf("first write: %v, want the error of dialling", err)
	}
	if _, err := s.Write([]byte("b\n")); !errors.Is(err, errNotConnected) {
		t.Errorf("second write: %v, want %v", err, errNotConnected)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, to := range []Destination{
		{To: "file", Path: pipe},
		{To: "file", Path: filepath.Join(pipe, "below")},
		{To: "nowhere"},
	} {
		if o, err := Open(to, zap.NewNop()); err == nil {
			t.Errorf("%+v was opened", to)
			o.Close()
		}
	}
}

// TestNil checks that a configuration without an output needs no conditions.
func TestNil(t *testing.T) {
	var o *Output
	o.Request(&record.Request{})
	o.Event("acme", &record.Event{})
	if err := o.Close(); err != nil {
		t.Error(err)
	}
}
