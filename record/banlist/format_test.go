package banlist_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
)

const year = 365 * 24 * time.Hour

// lists are an empty one and one with all that can be in one.
func lists() map[string]banlist.List {
	return map[string]banlist.List{
		"empty": {Instance: "acme", At: now, Bans: banlist.Of(nil, now)},
		"full": {Instance: "acme\nflush ruleset", At: now, Bans: banlist.Of([]record.Flag{
			flag("203.0.113.7/32", record.FlagBanned, 90*time.Second+1, "http-probing", "=HYPERLINK()"), flag("203.0.113.6/32", record.FlagBanned, time.Hour),
			flag("198.51.0.0/16", record.FlagBanned, 0), flag("198.50.0.0/16", record.FlagBanned, 0), flag("198.51.100.9/32", record.FlagAllowed, 0),
			flag("192.0.2.0/32", record.FlagBanned, 10*year), flag("192.0.2.1/32", record.FlagBanned, time.Nanosecond),
			flag("2001:db8::/32", record.FlagBanned, 26*time.Hour), flag("2001:db8:7::/64", record.FlagBanned, 0), flag("2001:db9::1/128", record.FlagBanned, time.Minute),
		}, now)},
	}
}

func written(t *testing.T, l banlist.List, f banlist.Format) string {
	t.Helper()
	var out bytes.Buffer
	if err := l.Write(&out, f); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestNFT has the real nft check the file, and then another one after it, as it
// is loaded again.
func TestNFT(t *testing.T) {
	if _, err := exec.LookPath("nft"); err != nil {
		t.Fatalf("%v: install nftables (apt-get install nftables), whose nft reads the list here, and have its folder in PATH", err)
	}
	for name, l := range lists() {
		text := written(t, l, banlist.NFT)
		path := filepath.Join(t.TempDir(), "bans.nft")
		if err := os.WriteFile(path, []byte(text+text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("nft", "-c", "-f", path).CombinedOutput()
		if strings.Contains(string(out), "Operation not permitted") {
			// Whoever may not look at this machine's rules may at those of an empty one.
			out, err = exec.Command("unshare", "-rn", "nft", "-c", "-f", path).CombinedOutput()
		}
		if err != nil {
			t.Errorf("%s: %v\n%s\n%s", name, err, out, text)
		}
	}
	text := written(t, lists()["full"], banlist.NFT)
	for _, want := range []string{"\t203.0.113.7/32 timeout 0d0h1m31s,\n", "\t192.0.2.0/32 timeout 3650d0h0m0s,\n", "\t2001:db8:7::/64,\n", "# What Gatebook bans of acme↵flush ruleset, as of 2026-11-23T11:00:00Z.\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestLines(t *testing.T) {
	full := lists()["full"]
	text := written(t, full, banlist.Text)
	if !strings.HasPrefix(text, "192.0.2.0/31\n198.50.0.0/16\n198.51.0.0/18\n") || !strings.HasSuffix(text, "203.0.113.6/31\n2001:db8::/32\n2001:db9::1/128\n") {
		t.Error(text)
	}
	if got := written(t, lists()["empty"], banlist.Text); got != "" {
		t.Errorf("empty: %q", got)
	}
	if got := written(t, full, banlist.Nginx); !strings.HasPrefix(got, "# What Gatebook bans of acme↵flush ruleset, as of 2026-11-23T11:00:00Z.\ndeny 192.0.2.0/31;\n") || !strings.HasSuffix(got, "deny 2001:db9::1/128;\n") {
		t.Error(got)
	}
	ipset := written(t, full, banlist.IPSet)
	for _, want := range []string{"\nadd gatebook4.new 203.0.113.7/32 timeout 91\n", "\nadd gatebook4.new 192.0.2.0/32 timeout 2147483\n", "\nadd gatebook6.new 2001:db8:7::/64 timeout 0\n", "\nadd gatebook4.new 192.0.2.1/32 timeout 1\n"} {
		if !strings.Contains(ipset, want) {
			t.Errorf("no %q in\n%s", want, ipset)
		}
	}
}

func TestJSONAndCSV(t *testing.T) {
	full := lists()["full"]
	var answer banlist.List
	if err := json.Unmarshal([]byte(written(t, full, banlist.JSON)), &answer); err != nil || len(answer.Bans) != len(full.Bans) {
		t.Errorf("%v: %+v", err, answer)
	}
	if got := written(t, lists()["empty"], banlist.JSON); got != `{"instance":"acme","at":"2026-11-23T11:00:00Z","bans":[]}`+"\n" {
		t.Error(got)
	}
	rows, err := csv.NewReader(strings.NewReader(written(t, full, banlist.CSV))).ReadAll()
	if err != nil || len(rows) != len(full.Bans)+1 || strings.Join(rows[0], ",") != "prefix,until,rules" {
		t.Errorf("%v: %v", err, rows)
	}
	for _, row := range rows {
		if row[0] == "203.0.113.7/32" && (row[1] != "2026-11-23T11:01:30Z" || row[2] != "'=HYPERLINK() http-probing") {
			t.Errorf("%q", row)
		}
	}
	var decisions []struct{ Duration, Reason, Scope, Type, Value string }
	if err := json.Unmarshal([]byte(written(t, full, banlist.CrowdSec)), &decisions); err != nil || len(decisions) != len(full.Bans) {
		t.Errorf("%v: %v", err, decisions)
	}
	for i, d := range decisions {
		if left, err := time.ParseDuration(d.Duration); err != nil || left < time.Second || d.Type != "ban" || d.Scope == "ip" == strings.Contains(d.Value, "/") || d.Reason == "" {
			t.Errorf("%d: %+v", i, d)
		}
	}
}

func TestFormats(t *testing.T) {
	for _, f := range banlist.Formats {
		if got, err := banlist.ParseFormat(string(f)); err != nil || got != f || f.Extension() == "" || f.ContentType() == "" {
			t.Errorf("%s: %v, %v", f, got, err)
		}
	}
	if _, err := banlist.ParseFormat("iptables"); err == nil || !strings.Contains(err.Error(), `"iptables" must be one of text, json, csv, nft`) {
		t.Error(err)
	}
}
