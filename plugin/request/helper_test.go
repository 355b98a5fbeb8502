package request

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/retention"
)

// noObserver ignores what it gets.
type noObserver struct{}

func (noObserver) Name(*record.Request)               {}
func (noObserver) Locate(netip.Addr) (string, uint32) { return "", 0 }
func (noObserver) Request(*record.Request)            {}
func (noObserver) Event(*record.Event)                {}
func (noObserver) Emit(string, map[string]any)        {}

// openLogs opens the logs of an instance that enforces bans, until the test ends.
func openLogs(t *testing.T, s detection.Settings) *logs.Logs {
	t.Helper()
	s.Config = abuse.Config{Enforce: true}
	ref := logs.NewRef(filepath.Join(t.TempDir(), "acme"))
	o := logs.Options{
		Instance: "acme", Log: slog.New(slog.DiscardHandler),
		Defer:   func(f func() error) error { return f() },
		Exiting: func() bool { return false },
	}
	c := &logs.Config{Observer: noObserver{}, Detection: s, Retention: retention.Policy{}, Start: record.LogSettings{}}
	if err := ref.Open(o, c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ref.Close(); err != nil {
			t.Error(err)
		}
	})
	return ref.Logs()
}
