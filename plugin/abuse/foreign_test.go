//go:build foreign

package abuse_test

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

func foreign(t testing.TB, name ...string) string {
	t.Helper()
	path, err := corpus.Foreign(name...)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestForeignCases holds the detection to the field's own cases, as TestExpected
// does to those of this repository.
func TestForeignCases(t *testing.T) {
	dir := foreign(t, "abuse")
	for _, row := range expectations(t, filepath.Join(dir, "expect.tsv"), 5) {
		t.Run(row[0], func(t *testing.T) {
			checkCase(t, readFile(t, filepath.Join(dir, row[0]+".ndjson")), row[2], addresses(row[3]), addresses(row[4]))
		})
	}
}

// TestForeignLog has four days of a real site: a few are flagged, as the table in
// docs/detection.md says, nobody is refused, and no search engine is flagged.
func TestForeignLog(t *testing.T) {
	log := readLog(t, logformat.Combined, readFile(t, foreign(t, "access", "apache_logs")))
	d := newDetector(t, abuse.Config{Enforce: true})
	rules := map[string]map[netip.Addr]bool{}
	for _, o := range replay(d, log) {
		t.Logf("%s %s: %s, %d requests, %s to %s", o.IP, o.Rule, o.Action, o.Count, o.First.Format("02 15:04:05"), o.At.Format("15:04:05"))
		if rules[o.Rule] == nil {
			rules[o.Rule] = map[netip.Addr]bool{}
		}
		rules[o.Rule][o.IP] = true
	}
	if len(rules) != 1 || len(rules["http-bad-user-agent"]) != 3 {
		t.Errorf("flagged: %v", rules)
	}
	for _, flag := range d.TakeChanged() {
		if flag.State != record.FlagObserved || len(flag.Evidence) == 0 {
			t.Errorf("%s is %s, with %d requests of evidence", flag.Subject.Value, flag.State, len(flag.Evidence))
		}
	}
	for i := range log {
		e := &log[i]
		for _, engine := range []string{"Googlebot", "bingbot", "msnbot", "Slurp", "YandexBot", "Baiduspider"} {
			if strings.Contains(e.UserAgent, engine) && (rules["http-bad-user-agent"][e.IP] || rules["http-technology-probing"][e.IP]) {
				t.Errorf("%s is flagged", engine)
			}
		}
		c := abuse.Client{Addr: e.IP, UserAgent: e.UserAgent, Path: e.Path}
		if v := d.Admit(c, log[len(log)-1].Time); v.Verdict != record.VerdictPass && v.Rule != "rate" {
			t.Errorf("%s is refused by %s", e.IP, v.Rule)
		}
	}
}

// BenchmarkRealLog has the agents, paths and mistakes of a real site.
func BenchmarkRealLog(b *testing.B) {
	log := readLog(b, logformat.Combined, readFile(b, foreign(b, "access", "apache_logs")))
	d := newDetector(b, abuse.Config{Enforce: true})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e := &log[i%len(log)]
		d.Admit(abuse.Client{Addr: e.IP, UserAgent: e.UserAgent, Path: e.Path}, e.Time)
		d.Observe(&abuse.Request{Request: &e.Request, AuthFailed: e.AuthFailed}, e.Time)
	}
}
