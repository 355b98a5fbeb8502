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

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// data is where real logs are: beside the checkout, since they are not ours.
func data(t testing.TB, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "..", "shared", "data"}, path...)...))
	if err != nil {
		t.Fatalf("the real logs are missing: %v", err)
	}
	return text
}

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

// TestExpected holds the detection to the field's own cases: every rule and
// address that must be flagged is, and no other that is named. It prints how
// far each is from the threshold.
func TestExpected(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(string(data(t, "abuse", "expect.tsv"))), "\n")[1:]
	for _, row := range rows {
		cells := strings.Split(row+"\t\t", "\t")
		name, rule := cells[0], cells[2]
		t.Run(name, func(t *testing.T) {
			log := readLog(t, logformat.NDJSON, data(t, "abuse", name+".ndjson"))
			found := pairs(replay(newDetector(t, abuse.Config{Private: true}), log))
			for _, ip := range addresses(cells[3]) {
				o, ok := found[pair{rule, ip}]
				if !ok {
					t.Errorf("%s does not find %s", rule, ip)
					continue
				}
				t.Logf("%s: %s at request %d, of %s", ip, o.Action, o.Count, margin(t, log, rule, ip))
			}
			for _, ip := range addresses(cells[4]) {
				for p := range found {
					if p.ip == ip && (rule == "" || p.rule == rule) {
						t.Errorf("%s flags %s", p.rule, ip)
					}
				}
				t.Logf("%s: left alone, %s", ip, margin(t, log, rule, ip))
			}
		})
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

// TestRealLog has four days of a real site: a few are flagged, as the table in
// docs/detection.md says, nobody is refused, and no search engine is flagged.
func TestRealLog(t *testing.T) {
	log := readLog(t, logformat.Combined, data(t, "access", "apache_logs"))
	d := newDetector(t, abuse.Config{Enforce: true})
	rules := map[string]map[netip.Addr]bool{}
	for _, o := range replay(d, log) {
		t.Logf("%s %s: %s, %d requests, %s to %s", o.IP, o.Rule, o.Action, o.Count, o.First.Format("02 15:04:05"), o.At.Format("15:04:05"))
		if rules[o.Rule] == nil {
			rules[o.Rule] = map[netip.Addr]bool{}
		}
		rules[o.Rule][o.IP] = true
	}
	if len(rules) != 2 || len(rules["http-bad-user-agent"]) != 3 || len(rules["http-technology-probing"]) != 1 {
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
