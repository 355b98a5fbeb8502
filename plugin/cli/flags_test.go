package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// queue is a review queue in memory. Of a source it is what flags need.
type queue struct {
	console.Source
	list  []record.Flag
	calls int
	notes []record.Event
}

func (q *queue) Spared() []netip.Prefix { return nil }

func (q *queue) Instance() string         { return "acme" }
func (q *queue) Location() *time.Location { return time.UTC }
func (q *queue) Health() record.Health    { return record.Health{} }
func (q *queue) Note(_ context.Context, e record.Event) error {
	q.notes = append(q.notes, e)
	return nil
}

func (q *queue) Flags(_ context.Context, query query.Flags) (found []record.Flag, _ string, _ error) {
	for _, f := range q.list {
		if query.Match(&f) {
			found = append(found, f)
		}
	}
	return found, "", nil
}

func (q *queue) Flag(_ context.Context, id string) (record.FlagCase, error) {
	for _, f := range q.list {
		if f.ID == id {
			return record.FlagCase{Flag: f, Logins: []record.Event{{Seq: 1, Category: "login", Text: "Wrong password"}}}, nil
		}
	}
	return record.FlagCase{}, record.ErrNotFound
}

func (q *queue) Decide(_ context.Context, d record.DecisionRequest) (record.Flag, error) {
	q.calls++
	if d.Subject.Value == "192.0.2.66/32" {
		return record.Flag{}, &record.ParamError{Param: "subject", Value: d.Subject.Value, Reason: record.Undecidable.With("is the gate itself")}
	}
	i := slices.IndexFunc(q.list, func(f record.Flag) bool { return f.Subject == d.Subject })
	if i < 0 {
		i = len(q.list)
		q.list = append(q.list, record.Flag{ID: abuse.FlagID(d.Subject), Subject: d.Subject, Review: record.ReviewNew})
	}
	f := &q.list[i]
	f.State = map[record.DecisionKind]record.FlagState{record.DecideBan: record.FlagBanned, record.DecideAllow: record.FlagAllowed}[d.Decision]
	f.Until = time.Time{}
	if d.For > 0 {
		f.Until = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Add(d.For)
	}
	f.Decisions = append(f.Decisions, record.Decision{Decision: d.Decision, By: d.By, Note: d.Note})
	return *f, nil
}

// serve serves the queue as a server's admin endpoint does, and returns the
// flags that find it.
func (q *queue) serve(t *testing.T) []string {
	t.Helper()
	token := filepath.Join(t.TempDir(), "admin.token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &console.Console{Source: q, Roles: []console.Role{console.RoleApplication, console.RoleSecurity}, Report: func(err error) { t.Error(err) }}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, below := strings.CutPrefix(r.URL.Path, "/gatebook/acme/")
		if !below {
			fmt.Fprintf(w, `{"token_file":%q,"instances":[{"name":"acme","state":"ok","timezone":"Europe/Berlin"}]}`, token)
			return
		}
		c.ServeAPI(w, r, path)
	}))
	t.Cleanup(srv.Close)
	return []string{"--address", strings.TrimPrefix(srv.URL, "http://")}
}

// call runs a command, and returns what it prints and whether it went well.
func call(t *testing.T, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	root := &cobra.Command{Use: "gatebook"}
	for _, c := range commands {
		sub := &cobra.Command{Use: c.name}
		c.set(sub)
		root.AddCommand(sub)
	}
	root.SetArgs(args)
	out, errs := catch(t, &os.Stdout), catch(t, &os.Stderr)
	err := root.ExecuteContext(t.Context())
	return out(), errs(), err == nil
}

// catch takes what is written to a standard stream, until its result is called.
func catch(t *testing.T, stream **os.File) func() string {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	before := *stream
	*stream = f
	return func() string {
		*stream = before
		f.Close()
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func address(prefix string, state record.FlagState) record.Flag {
	subject := record.FlagSubject{Kind: record.AddressSubject, Value: prefix}
	return record.Flag{
		ID: abuse.FlagID(subject), Subject: subject, State: state, Review: record.ReviewNew,
		Rules: []record.FlagRule{{Rule: "http-probing", Count: 22}, {Rule: "evil\x1b[31m", Count: 1}}, Country: "DE", ASN: 3320, Strikes: 2,
		Since: time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC), Evidence: []record.Evidence{{Request: record.Request{Method: "GET", Path: "/.env\x1b]0;x\a", Status: 404}}},
	}
}

func TestFlagsCommand(t *testing.T) {
	q := &queue{list: []record.Flag{address("203.0.113.7/32", record.FlagBanned), address("203.0.113.0/24", record.FlagObserved), address("198.51.100.0/23", record.FlagObserved), address("198.51.100.0/22", record.FlagObserved)}}
	at := q.serve(t)
	out, errs, ok := call(t, append(at, "flags", "--format", "table", "--state", "banned")...)
	want := "Address         Country  Rules                           State   Review  Since (Europe/Berlin)  Until  Strikes\n" +
		"203.0.113.7/32  DE       http-probing, evil[U+001B][31m  banned  new     2026-11-23 12:00:00    -            2\n"
	if !ok || errs != "" || out != want {
		t.Errorf("%t %q\n%s\nwant\n%s", ok, errs, out, want)
	}
	out, _, ok = call(t, append(at, "flags", "--format", "csv", "--ip", "198.51.101.0/24")...)
	if !ok || strings.Count(out, "\n") != 3 || !strings.HasPrefix(out, "id,kind,subject,") {
		t.Error(out)
	}
	if _, errs, _ := call(t, append(at, "flags", "--rule", "http-probin")...); !strings.Contains(errs, `"http-probin"; besides rules of the configuration there are: http-probing,`) {
		t.Errorf("%q", errs)
	}
	for _, args := range [][]string{{"flags", "--state", "angry"}, {"flags", "--ip", "nowhere"}, {"flags", "--format", "nft"}, {"flags", "--follow"}, {"flags", "x"}, {"flags", "show"}} {
		if out, errs, ok := call(t, append(at, args...)...); ok || out != "" || errs == "" {
			t.Errorf("%q: %t %q %q", args, ok, out, errs)
		}
	}
}

func TestFlagsShow(t *testing.T) {
	q := &queue{list: []record.Flag{address("203.0.113.7/32", record.FlagBanned), address("203.0.113.0/24", record.FlagObserved), address("198.51.100.0/23", record.FlagObserved), address("198.51.100.0/22", record.FlagObserved), address("2001:db8:0:1::/64", record.FlagBanned)}}
	at := q.serve(t)
	for arg, want := range map[string]string{"203.0.113.7": "203.0.113.7/32", "203.0.113.8": "203.0.113.0/24", "203.0.113.0/24": "203.0.113.0/24", "2001:db8:0:1::9": "2001:db8:0:1::/64", q.list[0].ID: "203.0.113.7/32"} {
		out, errs, ok := call(t, append(at, "flags", "show", arg, "--json")...)
		if !ok || errs != "" || !strings.Contains(out, `"value":"`+want+`"`) || !strings.Contains(out, `"evidence":[`) || strings.ContainsAny(out, "\x1b\a") {
			t.Errorf("%s: %t %q\n%s", arg, ok, errs, out)
		}
	}
	for arg, want := range map[string]string{
		"192.0.2.1": "nothing is flagged that 192.0.2.1 is in", "198.51.100.9": "several flagged prefixes; name one of 198.51.100.0/23, 198.51.100.0/22",
		"203.0.113": `subject "203.0.113": is no address`, "abcdef": `there is no flag "abcdef"`, "": "is no address",
	} {
		if out, errs, ok := call(t, append(at, "flags", "show", arg)...); ok || out != "" || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: %t %q %q", arg, ok, out, errs)
		}
	}
	var b strings.Builder
	one, _ := q.Flag(t.Context(), q.list[0].ID)
	one.Evidence = append(slices.Clone(one.Evidence), record.Evidence{Request: record.Request{Method: "GET", Path: "/wp"}, Worth: record.Worth{
		Intent: record.IntentProduct, Answer: record.AnswerMissing, Client: record.ClientStranger, Rule: "http-wordpress-scan", Cost: 0.25,
	}})
	one.Decisions = []record.Decision{{Decision: record.DecideBan, By: "bea", Note: "a\nb"}}
	if err := printFlag(&b, one, time.UTC); err != nil || strings.ContainsAny(b.String(), "\x1b\a") {
		t.Errorf("%v %q", err, b.String())
	}
	for _, want := range []string{"203.0.113.7/32: banned, new\n", "22 requests", "AS3320", "a↵b", "Wrong password", "/.env[U+001B]]0;x[U+0007]", "  product  missing  stranger  0.25  http-wordpress-scan\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestDecisionCommands(t *testing.T) {
	q := &queue{list: []record.Flag{address("203.0.113.0/24", record.FlagObserved)}}
	at := q.serve(t)
	out, errs, ok := call(t, append(at, "ban", "203.0.113.7", "2001:db8:0:1::9", "--for", "30d", "--note", "a scanner")...)
	if !ok || errs != "" || strings.Count(out, "\n") != 2 || !strings.Contains(out, `"value":"2001:db8:0:1::/64"},"state":"banned"`) || !strings.Contains(out, `"until":"2100-01-31T01:00:00+01:00"`) ||
		!strings.Contains(out, `"by":"command line","note":"a scanner"`) {
		t.Errorf("%t %q\n%s", ok, errs, out)
	}
	if len(q.notes) != 1 || strings.Contains(fmt.Sprint(q.notes), "203.0") {
		t.Errorf("%+v", q.notes)
	}
	// Each is tried, and those that fail are said.
	out, errs, ok = call(t, append(at, "allow", "192.0.2.65", "192.0.2.66", "192.0.2.67")...)
	if ok || strings.Count(out, "allowed") != 2 || !strings.Contains(errs, "192.0.2.66/32: ") || !strings.Contains(errs, "is the gate itself") || !strings.Contains(errs, "1 of 3 decisions were not made") {
		t.Errorf("%t %q\n%s", ok, errs, out)
	}
	// A flag must be there to be confirmed; an address in it stands for it.
	if out, errs, ok := call(t, append(at, "flags", "confirm", "203.0.113.9", q.list[0].ID)...); !ok || strings.Count(out, `"value":"203.0.113.0/24"`) != 2 {
		t.Errorf("%t %q\n%s", ok, errs, out)
	}
	calls := q.calls
	for want, args := range map[string][]string{
		"nothing is flagged":               {"flags", "false-positive", "203.0.114.9"},
		"name whom it is about":            {"ban"},
		`--for "soon": must be a time`:     {"ban", "203.0.113.7", "--for", "soon"},
		"unknown flag: --for":              {"clear", "203.0.113.7", "--for", "4h"},
		"--note":                           {"ban", "203.0.113.7", "--note", strings.Repeat("x", 1001)},
		`"203.0.0.0/15": is too wide`:      {"ban", "203.0.113.7", "203.0.0.0/15"},
		`"example.com": is no address`:     {"throttle", "example.com"},
		`"hello": is no address`:           {"clear", "hello"},
		`there is no flag "00000000000000`: {"flags", "confirm", "00000000000000000000"},
	} {
		if out, errs, ok := call(t, append(at, args...)...); ok || out != "" || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%.80q: %t %q %q", args, ok, out, errs)
		}
	}
	if q.calls != calls {
		t.Error("something was decided")
	}
	// More than the API takes at once.
	var many []string
	for i := range 250 {
		many = append(many, fmt.Sprintf("10.0.%d.1", i))
	}
	out, errs, ok = call(t, append(append(at, "ban", "--note", strings.Repeat("\x01", 1000)), many...)...)
	if !ok || strings.Count(out, "\n") != 250 || q.calls != calls+250 {
		t.Errorf("%t %.300q, %d lines", ok, errs, strings.Count(out, "\n"))
	}
}

// TestExportFlags: each format comes out as the server makes it, and Caddy reads
// its own.
func TestExportFlags(t *testing.T) {
	q := &queue{list: []record.Flag{address("203.0.113.7/32", record.FlagBanned), address("203.0.113.6/32", record.FlagBanned)}}
	at := q.serve(t)
	for format, want := range map[string]string{
		"text": "203.0.113.6/31\n", "json": `"prefix":"203.0.113.6/31"`, "csv": "prefix,until,rules\n", "nft": "add element inet gatebook banned4", "ipset": "add gatebook4.new",
		"caddy": "client_ip 203.0.113.6/31", "nginx": "deny 203.0.113.6/31;", "crowdsec": `"scope":"range"`,
	} {
		if out, errs, ok := call(t, append(at, "export", "flags", "--format", format)...); !ok || errs != "" || !strings.Contains(out, want) {
			t.Errorf("%s: %t %q\n%s", format, ok, errs, out)
		}
	}
	if _, errs, ok := call(t, append(at, "export", "flags", "--format", "iptables")...); ok || !strings.Contains(errs, `--format "iptables" must be one of text, json`) {
		t.Errorf("%t %q", ok, errs)
	}
	for range 2 {
		out, _, _ := call(t, append(at, "export", "flags", "--format", "caddy")...)
		config := "http://example.com {\n" + out + "\tabort @banned\n}\n"
		_, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(config), nil)
		if err != nil {
			t.Errorf("%v %v\n%s", err, warnings, config)
		}
		q.list = nil
	}
}
