package useragent

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// labelled is a user agent with what its authors say it is.
type labelled struct{ agent, family, major, minor string }

func open(tb testing.TB, path ...string) *bufio.Scanner {
	tb.Helper()
	name := filepath.Join(append([]string{"..", "..", "..", "shared", "data"}, path...)...)
	f, err := os.Open(name)
	if err != nil {
		tb.Fatalf("test data is missing: %v", err)
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

// readLog gives the distinct agents of a real access log.
func readLog(tb testing.TB) []string {
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

func everyAgent(tb testing.TB) []string {
	all := readLog(tb)
	for _, l := range readLabelled(tb, "uap_browser.tsv", 1600) {
		all = append(all, l.agent)
	}
	for _, l := range readLabelled(tb, "uap_os.tsv", 480) {
		all = append(all, l.agent)
	}
	return all
}

// unhurried returns a Parser for which no time passes, so that its budget
// lasts on the slowest machine.
func unhurried() *Parser {
	p := New()
	p.now = func() time.Time { return time.Unix(1, 0) }
	return p
}
