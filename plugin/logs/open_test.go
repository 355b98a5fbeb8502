package logs

import (
	"context"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

var (
	scanner = netip.MustParseAddr("198.51.100.66")
	office  = netip.MustParseAddr("203.0.113.5")
)

// scan makes a request that breaks a rule that bans.
func scan(l *Logs, ip netip.Addr) {
	r := &record.Request{Time: time.Now(), IP: ip, Method: http.MethodGet, Path: "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", Status: http.StatusNotFound}
	l.Detection.Observe(&abuse.Request{Request: r})
}

func verdictOf(l *Logs, ip netip.Addr) record.Verdict {
	return l.Detection.Active().Admit(abuse.Client{Addr: ip, Path: "/"}, detection.FromClient).Verdict
}

func addressSubject(ip netip.Addr) record.FlagSubject {
	return record.FlagSubject{Kind: record.AddressSubject, Value: abuse.PrefixOf(ip).String()}
}

// fill writes into both logs, so that they cannot be opened without their manifests.
func fill(t *testing.T, l *Logs) {
	t.Helper()
	if l.AppendOrSpill([]record.Event{{ID: "first", Category: "user", Text: "a"}}, 0) == nil {
		t.Fatal("nothing was stored")
	}
	l.Record(&record.Request{Time: time.Now(), Method: "GET", Path: "/", Status: 200})
	must(t, l.store.Load().ServerLog.Flush(context.Background()))
}

// While one log is damaged, the other is written. Once it can be opened, it has an
// entry about the events that were lost.
func TestOpenLate(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "acme")
	l := openTest(t, dir)
	fill(t, l)
	closeTest(t, l)

	manifest := filepath.Join(dir, "app", "MANIFEST")
	must(t, os.Rename(manifest, manifest+".away"))
	l = openTest(t, dir)
	if _, err := l.AppLog(); err == nil || l.Down() == nil {
		t.Fatal("the application log is open")
	}
	if stored := l.AppendOrSpill([]record.Event{{ID: "a", Category: "user", Text: "lost"}}, 0); stored != nil {
		t.Error("an event was stored nowhere")
	}
	if _, err := l.Append(ctx, []record.Event{{ID: "b", Category: "user", Text: "sent again"}}, 0); err == nil {
		t.Error("ingested events were stored nowhere")
	}
	l.Record(&record.Request{Time: time.Now(), Method: "GET", Path: "/", Status: 200})
	must(t, l.store.Load().ServerLog.Flush(ctx))
	h := l.Health()
	if h.State != record.StateDown || h.ServerLog.Entries != 2 || h.ApplicationLog.Dropped != 1 {
		t.Errorf("%+v, %+v, %+v", h, h.ServerLog, h.ApplicationLog)
	}

	must(t, os.Rename(manifest+".away", manifest))
	eventually(t, "the application log has the gap", func() bool {
		log, err := l.AppLog()
		if err != nil {
			return false
		}
		list, _, err := log.Events(ctx, query.Events{})
		return err == nil && slices.ContainsFunc(list, func(e record.Event) bool { return e.Type == "gatebook.gap" || e.Key == "gatebook.gap" })
	})
}

// While neither log can be opened, records are counted as lost, and health says why.
func TestOpenNeither(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	l := openTest(t, dir)
	fill(t, l)
	closeTest(t, l)
	away := func(log string) string { return filepath.Join(dir, log, "MANIFEST") }
	for _, log := range []string{"app", "server"} {
		must(t, os.Rename(away(log), away(log)+".away"))
	}
	l = openTest(t, dir)
	l.Record(&record.Request{Time: time.Now(), Method: "GET", Path: "/", Status: 200})
	h := l.Health()
	if h.State != record.StateDown || h.ServerLog.Dropped != 1 || h.ServerLog.Error == "" || h.ApplicationLog.Error == "" || h.Instance != "acme" {
		t.Errorf("%+v, %+v", h, h.ServerLog)
	}
	if _, err := l.Store(); err == nil {
		t.Error("there is a store")
	}
}

// Where the application log opens late, what it has about abuse counts from then on,
// together with what was found and who logged in meanwhile.
func TestBansHoldInLogsThatOpenLate(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "acme")
	l := openTest(t, dir)
	bringIntoForce(l, testConfig(30))
	for _, what := range []record.DecisionRequest{
		{Subject: record.FlagSubject{Kind: record.AddressSubject, Value: "192.0.2.0/24"}, Decision: record.DecideBan, By: "sec"},
		{Subject: addressSubject(scanner), Decision: record.DecideConfirm, By: "sec", Note: "seen before"},
	} {
		must(t, l.Detection.Decide(ctx, what))
	}
	for _, account := range []string{"ann", "bob", "cem", "dee", "eve"} {
		// From home as well, or five new accounts at one address would be nobody.
		l.Detection.Active().Login(&abuse.LoginEvent{Addr: netip.MustParseAddr("198.51.100.200"), Account: account, Success: true}, time.Now())
		l.Detection.Active().Login(&abuse.LoginEvent{Addr: office, Account: account, Success: true}, time.Now())
	}
	closeTest(t, l)

	manifest := filepath.Join(dir, "app", "MANIFEST")
	must(t, os.Rename(manifest, manifest+".away"))
	l = openTest(t, dir)
	bringIntoForce(l, testConfig(30))
	if _, err := l.AppLog(); err == nil {
		t.Fatal("the application log is open")
	}
	scan(l, scanner)
	must(t, os.Rename(manifest+".away", manifest))
	late := netip.MustParseAddr("192.0.2.9")
	eventually(t, "the ban from before holds", func() bool { return verdictOf(l, late) == record.VerdictBan })
	if verdictOf(l, scanner) != record.VerdictBan {
		t.Error("the ban made meanwhile does not hold")
	}
	if scan(l, office); verdictOf(l, office) == record.VerdictBan {
		t.Error("the office is banned")
	}
	must(t, l.Detection.Store(ctx))
	log, err := l.AppLog()
	must(t, err)
	f, err := log.Flag(ctx, abuse.FlagID(addressSubject(scanner)))
	if err != nil || len(f.Notes) != 1 || len(f.Decisions) != 1 || f.State != record.FlagBanned || f.Strikes != 1 || len(f.Evidence) == 0 {
		t.Errorf("the two halves of a flag are %+v, %v", f, err)
	}
}
