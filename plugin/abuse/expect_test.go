package abuse_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

func readLog(t testing.TB, format logformat.Format, text []byte) []logformat.Entry {
	t.Helper()
	var list []logformat.Entry
	in := bufio.NewScanner(bytes.NewReader(text))
	in.Buffer(nil, 1<<20)
	for line := 1; in.Scan(); line++ {
		e, err := logformat.ParseEntry(format, in.Bytes())
		if err != nil {
			t.Fatalf("line %d: %v", line, err)
		}
		list = append(list, e)
	}
	return list
}

func newDetector(t testing.TB, c abuse.Config) *abuse.Detector {
	t.Helper()
	if c.Seed == 0 {
		c.Seed = 1
	}
	d, err := abuse.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// replay gives a log to a detector, as gatebook replay does.
func replay(d *abuse.Detector, list []logformat.Entry) (found []abuse.Overflow) {
	for i := range list {
		e := &list[i]
		d.Admit(abuse.Client{Addr: e.IP, UserAgent: e.UserAgent, Path: e.Path}, e.Time)
		found = append(found, d.Observe(&abuse.Request{
			Request: &e.Request, AuthFailed: e.AuthFailed, CrossSite: abuse.CrossSite("", e.Referer, e.Host),
		}, e.Time)...)
	}
	return found
}

type pair struct {
	rule string
	ip   netip.Addr
}

func pairs(found []abuse.Overflow) map[pair]abuse.Overflow {
	m := map[pair]abuse.Overflow{}
	for _, o := range found {
		if p := (pair{o.Rule, o.IP}); m[p].Count == 0 {
			m[p] = o
		}
	}
	return m
}

// TestExpected holds the detection to cases of its own: every rule and address
// that must be flagged is, and no other that is named. It prints how far each
// is from the threshold.
func TestExpected(t *testing.T) {
	dir := filepath.Join("testdata", "cases")
	for _, row := range expectations(t, filepath.Join(dir, "expect.tsv"), 4) {
		t.Run(row[0], func(t *testing.T) {
			checkCase(t, readFile(t, filepath.Join(dir, row[0]+".ndjson")), row[1], addresses(row[2]), addresses(row[3]))
		})
	}
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// expectations returns the rows of a table, without the first, which names the
// columns.
func expectations(t *testing.T, path string, columns int) (rows [][]string) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(string(readFile(t, path))), "\n")[1:] {
		cells := strings.Split(line, "\t")
		for len(cells) < columns {
			cells = append(cells, "")
		}
		rows = append(rows, cells)
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no rows", path)
	}
	return rows
}

// checkCase replays a log: the rule must flag each of mustFlag, and none of
// mustNot. Without a rule, no rule may flag those of mustNot.
func checkCase(t *testing.T, text []byte, rule string, mustFlag, mustNot []netip.Addr) {
	t.Helper()
	log := readLog(t, logformat.NDJSON, text)
	found := pairs(replay(newDetector(t, abuse.Config{Private: true}), log))
	for _, ip := range mustFlag {
		o, ok := found[pair{rule, ip}]
		if !ok {
			t.Errorf("%s does not find %s", rule, ip)
			continue
		}
		t.Logf("%s: %s at request %d, of %s", ip, o.Action, o.Count, margin(t, log, rule, ip))
	}
	for _, ip := range mustNot {
		for p := range found {
			if p.ip == ip && (rule == "" || p.rule == rule) {
				t.Errorf("%s flags %s", p.rule, ip)
			}
		}
		t.Logf("%s: left alone, %s", ip, margin(t, log, rule, ip))
	}
}

func addresses(cell string) (list []netip.Addr) {
	for s := range strings.FieldsSeq(cell) {
		list = append(list, netip.MustParseAddr(s))
	}
	return list
}

// margin says how many requests of an address count for a rule, repeated values
// aside, and how many it takes.
func margin(t *testing.T, log []logformat.Entry, rule string, ip netip.Addr) string {
	var own []logformat.Entry
	for _, e := range log {
		if e.IP == ip {
			own = append(own, e)
		}
	}
	if rule == "" {
		worst := ""
		for _, name := range abuse.RuleNames() {
			if n, _ := reach(t, own, name); n > 0 {
				worst += fmt.Sprintf(" %s %d", name, n)
			}
		}
		return fmt.Sprintf("%d requests, which count as:%s", len(own), worst)
	}
	n, capacity := reach(t, own, rule)
	return fmt.Sprintf("%d requests that count %d (it takes %d)", len(own), n, capacity+1)
}

// reach is how many requests count for a rule without any leak.
func reach(t *testing.T, own []logformat.Entry, rule string) (n, capacity int) {
	return abuse.Counting(t, slices.Collect(func(yield func(*abuse.Request) bool) {
		for i := range own {
			if !yield(&abuse.Request{Request: &own[i].Request, AuthFailed: own[i].AuthFailed}) {
				return
			}
		}
	}), rule)
}

// TestGeneratedLog has a morning of a site. Who scans it is banned and who comes
// with a tool is flagged; nobody else is, and nobody who reads is refused.
func TestGeneratedLog(t *testing.T) {
	var log []logformat.Entry
	tools, scanners := map[netip.Addr]bool{}, map[netip.Addr]bool{}
	source := corpus.New(1, 20_000)
	for e := (logformat.Entry{}); source.Next(&e.Request); {
		log = append(log, e)
		if !strings.HasPrefix(e.UserAgent, "Mozilla/5.0 ") || strings.Contains(e.UserAgent, "Nmap Scripting Engine") {
			tools[e.IP] = true
		}
		if e.Path == "/wp-login.php" || e.Path == "/.env" {
			scanners[e.IP] = true
		}
	}
	d := newDetector(t, abuse.Config{Enforce: true})
	flagged := map[netip.Addr]bool{}
	for _, o := range replay(d, log) {
		t.Logf("%s %s: %s, %d requests", o.IP, o.Rule, o.Action, o.Count)
		flagged[o.IP] = true
		if o.Action == abuse.Observe && !tools[o.IP] && !scanners[o.IP] || o.Action != abuse.Observe && !scanners[o.IP] {
			t.Errorf("%s flags %s, who only reads", o.Rule, o.IP)
		}
	}
	banned := 0
	for _, flag := range d.TakeChanged() {
		if flag.State == record.FlagBanned {
			banned++
		}
		if len(flag.Evidence) == 0 {
			t.Errorf("%s has no evidence", flag.Subject.Value)
		}
	}
	if banned != len(scanners) || banned == 0 || len(flagged) == banned {
		t.Errorf("%d addresses are flagged, %d banned; %d scan", len(flagged), banned, len(scanners))
	}
	for ip := range scanners {
		if !flagged[ip] {
			t.Errorf("%s scans, and is not flagged", ip)
		}
	}
	for i := range log {
		e := &log[i]
		c := abuse.Client{Addr: e.IP, UserAgent: e.UserAgent, Path: e.Path}
		if v := d.Admit(c, log[len(log)-1].Time); v.Verdict != record.VerdictPass && v.Rule != "rate" && !scanners[e.IP] {
			t.Errorf("%s is refused by %s", e.IP, v.Rule)
		}
	}
}
