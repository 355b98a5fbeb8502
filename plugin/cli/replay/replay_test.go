package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
	"github.com/gatebook/gatebook/plugin/cli/logfile/logfiletest"
)

// replaying runs gatebook replay over files and returns what it printed.
func replaying(t *testing.T, r replayer, files ...string) (out, unreadable string, err error) {
	t.Helper()
	var o, c bytes.Buffer
	r.out, r.unreadable = &o, &c
	if len(r.trials) == 0 {
		if err := r.try("default", abuse.Config{}); err != nil {
			t.Fatal(err)
		}
	}
	err = r.files(t.Context(), files)
	return o.String(), c.String(), err
}

// scan are the lines of a scanner.
func scan(ip string, n int) string {
	var b strings.Builder
	for i := range n {
		at := time.Unix(1431857100+int64(i/4), 0).UTC().Format("02/Jan/2006:15:04:05 -0700")
		fmt.Fprintf(&b, "%s - - [%s] \"GET /old/%d HTTP/1.1\" 404 5 \"-\" \"a browser\"\n", ip, at, i)
	}
	return b.String()
}

const probing = `{"ip":"198.51.100.7","prefix":"198.51.100.7/32","rule":"http-probing","at":"2015-05-17T10:05:02Z","first":"2015-05-17T10:05:00Z","count":11,"action":"throttle"}` + "\n"

func TestReplay(t *testing.T) {
	log := logfiletest.Lines(0, 500) + "torn\n" + scan("198.51.100.7", 12) + "\n" + strings.Repeat("x", logfile.MaxLine+10) + "\nalso torn"
	for name, text := range map[string]string{"plain": log, "gzip": logfiletest.Zipped(t, log)} {
		path := logfiletest.Write(t, "", text)
		out, unreadable, err := replaying(t, replayer{}, path)
		if err != nil || out != probing {
			t.Errorf("%s: %s %v", name, out, err)
		}
		want := []string{path + ":501: ", path + ":515: the line is longer than 1048576 bytes", path + ":516: "}
		for i, line := range strings.Split(strings.TrimSpace(unreadable), "\n") {
			if i >= len(want) || !strings.HasPrefix(line, want[i]) {
				t.Errorf("%s: unreadable %q", name, line)
			}
		}
	}
}

func TestReplayLeavesPrivateAddressesAlone(t *testing.T) {
	log := logfiletest.Write(t, "", scan("10.1.2.3", 12))
	if out, _, err := replaying(t, replayer{}, log); out != "" || err != nil {
		t.Errorf("%s %v", out, err)
	}
	if out, _, err := replaying(t, replayer{private: true}, log); !strings.Contains(out, `"ip":"10.1.2.3"`) || err != nil {
		t.Errorf("%s %v", out, err)
	}
}

func TestReplaySummary(t *testing.T) {
	out, _, err := replaying(t, replayer{summary: true}, logfiletest.Write(t, "", scan("198.51.100.7", 12)), logfiletest.Write(t, "", logfiletest.Lines(0, 10)))
	const want = `Subject       Rule          Action    Overflows  Requests  First                Last
198.51.100.7  http-probing  throttle  1          11        2015-05-17 10:05:00  2015-05-17 10:05:02

22 requests, 1 subject flagged
`
	if out != want || err != nil {
		t.Errorf("%s %v", out, err)
	}
}

// Failed logins that a log tells of reach the login rules.
func TestReplayLogins(t *testing.T) {
	var b strings.Builder
	for i := range 7 {
		fmt.Fprintf(&b, `{"time":"2026-11-22T23:00:0%dZ","ip":"198.51.100.7","method":"POST","path":"/login","status":401,"auth_failed":true,"user":"anna"}`+"\n", i)
	}
	out, _, err := replaying(t, replayer{}, logfiletest.Write(t, "", b.String()))
	if !strings.Contains(out, `"rule":"login-bf"`) || !strings.Contains(out, `"rule":"http-generic-bf"`) || err != nil {
		t.Errorf("%s %v", out, err)
	}
}

const withRules = `localhost:8080 {
	gatebook acme {
		abuse {
			rule http-probing %s
		}
	}
}
`

func TestReplayRules(t *testing.T) {
	log := logfiletest.Write(t, "", scan("198.51.100.7", 12))
	trial := func(rules string) (string, error) {
		r := replayer{}
		if err := r.try("default", abuse.Config{}); err != nil {
			t.Fatal(err)
		}
		if err := r.tryRules(logfiletest.Write(t, "", rules)); err != nil {
			return "", err
		}
		out, _, err := replaying(t, r, log)
		return out, err
	}
	out, err := trial(fmt.Sprintf(withRules, "off"))
	var d difference
	if err != nil || json.Unmarshal([]byte(out), &d) != nil || d.Instance != "acme" || d.Subject != "198.51.100.7" || d.Rules != nil || d.Default.Overflows != 1 {
		t.Errorf("%s %v", out, err)
	}
	if out, err := trial(fmt.Sprintf(withRules, "throttle")); out != "" || err != nil {
		t.Errorf("%s %v", out, err)
	}
	for rules, want := range map[string]string{
		strings.ReplaceAll(fmt.Sprintf(withRules, "off"), "http-probing", "http-prying"): "there are: http-probing, http-crawl-non_statics",
		"localhost:8080 {\n}\n": "has no abuse block",
		"localhost:8080 {\n":    "--rules",
		`{"apps":{"http":{"servers":{"s":{"routes":[{"handle":[{"handler":"gatebook","abuse":{"rules":{"x":"off"}}}]}]}}}}}`: "there are: http-probing",
	} {
		if _, err := trial(rules); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestReplayWrongFormat(t *testing.T) {
	log := logfiletest.Write(t, "", logfiletest.Lines(0, 3))
	if _, _, err := replaying(t, replayer{dialect: logformat.Dialect{Format: logformat.Caddy}}, log); err == nil || !strings.Contains(err.Error(), "no line of "+log+" could be read; say with --format") {
		t.Errorf("error %v", err)
	}
	if _, _, err := replaying(t, replayer{}, log+".missing"); err == nil {
		t.Error("a missing file is replayed")
	}
}

// However it is cut into parts, a log is replayed in its order.
func TestReplayKeepsTheOrder(t *testing.T) {
	var text strings.Builder
	for i := range 40 {
		text.WriteString(logfiletest.Lines(i*300, i*300+300))
		text.WriteString(scan(fmt.Sprintf("198.51.100.%d", i), 12))
	}
	out, _, err := replaying(t, replayer{}, logfiletest.Write(t, "", text.String()))
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.HasPrefix(line, fmt.Sprintf(`{"ip":"198.51.100.%d",`, i)) {
			t.Fatalf("line %d: %s", i, line)
		}
	}
}

// An odd file does not keep those after it from being replayed.
func TestReplayPassesOddFiles(t *testing.T) {
	good, odd := logfiletest.Write(t, "", scan("198.51.100.7", 12)), logfiletest.Write(t, "", "what\nis this\n")
	out, unreadable, err := replaying(t, replayer{}, odd, good+".missing", good)
	if err == nil || err.Error() != "2 of 3 files could not be replayed" || out != probing {
		t.Errorf("%s %v", out, err)
	}
	if !strings.Contains(unreadable, "the first lines of "+odd) || !strings.Contains(unreadable, good+".missing") {
		t.Errorf("%s", unreadable)
	}
	out, _, err = replaying(t, replayer{summary: true}, odd, good)
	if err == nil || !strings.Contains(out, "12 requests, 1 subject flagged") {
		t.Errorf("%s %v", out, err)
	}
}

// What cannot be known of a log is said with its flags.
func TestReplayOfOtherDialects(t *testing.T) {
	balanced := strings.ReplaceAll(scan("198.51.100.7", 12), "198.51.100.7", "10.0.0.5 198.51.100.7")
	log := logfiletest.Write(t, "", balanced)
	_, unreadable, err := replaying(t, replayer{}, log)
	if err == nil || !strings.Contains(unreadable, log+":1: column 10: it cannot be seen whether \"198.51.100.7\" is the client") || !strings.Contains(unreadable, "--columns") {
		t.Errorf("%s %v", unreadable, err)
	}
	out, _, err := replaying(t, replayer{dialect: logformat.Dialect{Columns: logformat.Columns{"-", "client", "ident", "user"}}}, log)
	if err != nil || out != probing {
		t.Errorf("%s %v", out, err)
	}
}
