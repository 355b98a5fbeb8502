package store

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/serverlog"
)

// quiet keeps the server log from flushing by itself.
const quiet = time.Hour

// mustRecord records one request.
func mustRecord(t testing.TB, l *serverlog.Log) {
	t.Helper()
	r := record.Request{Method: "GET", Path: "/", Time: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	if !l.Record(&r) {
		t.Fatal("the request is not recorded")
	}
}

// mustAppend appends one event.
func mustAppend(t testing.TB, l *applog.Log, n int) {
	t.Helper()
	e := record.Event{ID: fmt.Sprint("id-", n), Category: "booking", Type: "booking.created"}
	if err := l.Append(context.Background(), e); err != nil {
		t.Fatal(err)
	}
}

// until waits until done returns true.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(time.Minute)
	for !done() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("waited a minute for: %s", what)
		}
	}
}

func mustWrite(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func textLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
