//go:build foreign

package useragent

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/bench/corpus"
)

// labelled is a user agent with what its authors say it is.
type labelled struct{ agent, family, major, minor string }

func open(tb testing.TB, path ...string) *bufio.Scanner {
	tb.Helper()
	name, err := corpus.Foreign(path...)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return bufio.NewScanner(f)
}

func readLabelled(tb testing.TB, file string, atLeast int) []labelled {
	tb.Helper()
	var all []labelled
	lines := open(tb, "ua", file)
	for lines.Scan() {
		field := strings.Split(lines.Text(), "\t")
		if len(field) < 4 {
			tb.Fatalf("%s: line %q has too few fields", file, lines.Text())
		}
		all = append(all, labelled{field[0], field[1], field[2], field[3]})
	}
	if lines.Err() != nil || len(all)-1 < atLeast {
		tb.Fatalf("%s: %d lines, error %v", file, len(all), lines.Err())
	}
	return all[1:] // the first names the fields
}

// foreignLog gives the distinct agents of a real access log.
func foreignLog(tb testing.TB) []string {
	tb.Helper()
	var all []string
	lines := open(tb, "access", "apache_logs")
	for lines.Scan() {
		if quoted := strings.Split(lines.Text(), `"`); len(quoted) > 5 {
			all = append(all, quoted[5])
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if lines.Err() != nil || len(all) < 500 {
		tb.Fatalf("apache_logs: %d agents, error %v", len(all), lines.Err())
	}
	return all
}

func foreignAgents(tb testing.TB) []string {
	all := foreignLog(tb)
	for _, l := range readLabelled(tb, "uap_browser.tsv", 1600) {
		all = append(all, l.agent)
	}
	for _, l := range readLabelled(tb, "uap_os.tsv", 480) {
		all = append(all, l.agent)
	}
	return all
}

// The floors are what was measured. The labels are younger than the patterns
// that uap-go has built in: what is missed are applications whose name differs from
// the word in their agents, or that a pattern of their own must find.
func TestForeignAccuracy(t *testing.T) {
	p := unhurried()
	for _, c := range []struct {
		file           string
		lines          int
		name           func(agent string) string
		families, full float64
	}{
		{"uap_browser.tsv", 1600, func(s string) string { b, _ := p.Parse(s); return b }, 0.934, 0.933},
		{"uap_os.tsv", 480, func(s string) string { _, os := p.Parse(s); return os }, 0.987, 0.987},
	} {
		var families, full, all float64
		for _, l := range readLabelled(t, c.file, c.lines) {
			all++
			got := c.name(l.agent)
			if got == join(l.family, l.major, l.minor) {
				full++
			}
			if family := join(l.family, "", ""); got == family || family != "" && strings.HasPrefix(got, family+" ") {
				families++
			}
		}
		t.Logf("%s: %.2f %% of families, %.2f %% of names with version", c.file, 100*families/all, 100*full/all)
		if families/all < c.families || full/all < c.full {
			t.Errorf("%s: fewer than %.1f %% and %.1f %% are right", c.file, 100*c.families, 100*c.full)
		}
	}
}

// What a real log holds without a name are feed readers and hand-made agents.
func TestForeignLogIsNamed(t *testing.T) {
	checkNamed(t, foreignLog(t))
}

func TestForeignAgentsKeepTheirNames(t *testing.T) {
	agents := foreignAgents(t)
	for _, agent := range foreignLog(t) {
		agents = append(agents, strings.ToUpper(agent), strings.ToLower(agent))
	}
	checkNeeds(t, agents)
}
