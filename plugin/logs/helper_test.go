package logs

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/retention"
)

const day = 24 * time.Hour

// testObserver counts what it gets.
type testObserver struct {
	mu      sync.Mutex
	paths   []string
	events  []string
	emitted []string
}

func (*testObserver) Name(r *record.Request) { r.Country = "NL" }

func (*testObserver) Locate(netip.Addr) (string, uint32) { return "NL", 64500 }

func (o *testObserver) Request(r *record.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.paths = append(o.paths, r.Country+" "+r.Path)
}

func (o *testObserver) Event(e *record.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, e.ID)
}

func (o *testObserver) Emit(event string, _ map[string]any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.emitted = append(o.emitted, event)
}

func (o *testObserver) seen(list *[]string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(*list)
}

func testOptions(dir string) Options {
	return Options{
		Dir: dir, Instance: "acme", Log: slog.New(slog.DiscardHandler),
		Defer:   func(f func() error) error { return f() },
		Exiting: func() bool { return false },
	}
}

// testConfig keeps requests for some days, and enforces bans.
func testConfig(days int) *Config {
	return &Config{
		Observer:  &testObserver{},
		Detection: detection.Settings{Config: abuse.Config{Enforce: true}},
		Retention: retention.Policy{ServerLog: retention.ServerLog{Keep: time.Duration(days) * day}, KeepFlags: 90 * day},
		Start:     record.LogSettings{RetentionDays: 180, AnonymizeAfterDays: map[string]int{}, Timezone: "UTC"},
	}
}

// openTest opens the logs in dir until the test ends.
func openTest(t *testing.T, dir string) *Logs {
	t.Helper()
	l, err := open(testOptions(dir))
	if err != nil {
		t.Fatal(err)
	}
	l.start()
	t.Cleanup(func() { closeTest(t, l) })
	return l
}

// closeTest closes logs; a second call has no effect.
func closeTest(t *testing.T, l *Logs) {
	t.Helper()
	if l.worker.Load() == nil {
		return
	}
	l.stop()
	l.worker.Store(nil)
	if err := l.close(); err != nil {
		t.Error(err)
	}
}

// openFilled opens new logs with requests of these ages in days.
func openFilled(t *testing.T, ages ...int) *Logs {
	t.Helper()
	l := openTest(t, filepath.Join(t.TempDir(), "acme"))
	for _, n := range ages {
		l.Record(&record.Request{Time: time.Now().Add(-time.Duration(n) * day), Method: "GET", Path: "/", Status: 200})
	}
	if err := l.store.Load().ServerLog.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	return l
}

// bringIntoForce makes c the configuration in force.
func bringIntoForce(l *Logs, c *Config) {
	l.Use(c)
	l.SetInForce(c)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func entries(l *Logs) uint64 { return l.Health().ServerLog.Entries }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// isClosed reports whether the application log is closed.
func isClosed(l *Logs) bool {
	_, err := l.Append(context.Background(), []record.Event{{ID: "closed", Category: "user", Text: "a"}}, 0)
	return errors.Is(err, store.ErrClosed)
}
