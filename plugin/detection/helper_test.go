package detection

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

var (
	scanner = netip.MustParseAddr("198.51.100.66")
	office  = netip.MustParseAddr("203.0.113.5")
)

// fixture is a Detection with an application log that a test can close.
type fixture struct {
	*Detection
	t   *testing.T
	log *applog.Log

	mu      sync.Mutex
	err     error
	emitted []string
}

// newFixture returns a Detection with an empty application log, which enforces.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	log, err := applog.Open(t.TempDir(), applog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	f := &fixture{t: t, log: log}
	f.restart()
	return f
}

// restart replaces the Detection by a new one on the same log.
func (f *fixture) restart() {
	f.Detection = New(Options{
		Instance: "acme", Log: slog.New(slog.DiscardHandler), AppLog: f.appLog, Emit: f.emit,
		Locate: func(netip.Addr) (string, uint32) { return "NL", 64500 },
	})
	if err := f.Configure(Settings{Config: abuse.Config{Enforce: true}, Cookie: "sid"}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) appLog() (*applog.Log, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log, f.err
}

// failWith sets the reason why the log is not open, nil if it is.
func (f *fixture) failWith(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fixture) emit(event string, data map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.emitted = append(f.emitted, event+" "+data["subject"].(string))
}

func (f *fixture) events() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.emitted)
}

// scan makes a request that breaks a rule that bans.
func (f *fixture) scan(ip netip.Addr) {
	r := &record.Request{Time: time.Now(), IP: ip, Method: http.MethodGet, Path: "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", Status: http.StatusNotFound}
	f.Observe(&abuse.Request{Request: r})
}

func (f *fixture) verdict(ip netip.Addr) record.Verdict {
	return f.Active().Admit(abuse.Client{Addr: ip, Path: "/"}, FromClient).Verdict
}

func (f *fixture) decide(s record.FlagSubject, kind record.DecisionKind) {
	f.t.Helper()
	if err := f.Decide(context.Background(), record.DecisionRequest{Subject: s, Decision: kind, By: "sec"}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) mustStore() {
	f.t.Helper()
	if err := f.Store(context.Background()); err != nil {
		f.t.Fatal(err)
	}
}

// stored returns the stored flag of a subject.
func (f *fixture) stored(s record.FlagSubject) record.Flag {
	f.t.Helper()
	flag, err := f.log.Flag(context.Background(), abuse.FlagID(s))
	if err != nil {
		f.t.Fatal(err)
	}
	return flag
}

func address(ip netip.Addr) record.FlagSubject {
	return record.FlagSubject{Kind: record.AddressSubject, Value: abuse.PrefixOf(ip).String()}
}

func account(name string) record.FlagSubject {
	return record.FlagSubject{Kind: record.AccountSubject, Value: name}
}
