package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/cli/logfile/logfiletest"
	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store"
)

// knowing is a source that has learned something.
type knowing struct {
	console.Source
	logs *service.Logs
}

func (k knowing) Learned(ctx context.Context, q query.Learned) (record.LearnedList, error) {
	return k.logs.Learned(ctx, q)
}

func (k knowing) Correct(ctx context.Context, c record.Correction) error {
	return k.logs.Correct(ctx, c)
}

func (k knowing) UndoCorrection(ctx context.Context, c record.Correction) error {
	return k.logs.UndoCorrection(ctx, c)
}

func openInstance(t *testing.T) (s *store.Store, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "acme")
	s, err := store.Open(dir, store.Options{Instance: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// The command does the same to a server and to a directory.
func TestLearnedCommand(t *testing.T) {
	s, _ := openInstance(t)
	defer s.Close()
	q := &queue{Source: knowing{logs: service.New(s, service.Options{})}}
	closed, dir := openInstance(t)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string][]string{"server": q.serve(t), "directory": {"--data-dir", dir}} {
		t.Run(name, func(t *testing.T) { correctByCommand(t, at) })
	}
	if len(q.notes) != 6 || q.notes[0].Type != "learned.corrected" || q.notes[5].Type != "learned.undone" {
		t.Errorf("%+v", q.notes)
	}
}

func correctByCommand(t *testing.T, at []string) {
	good := func(want string, args ...string) {
		t.Helper()
		if out, errs, ok := call(t, append(args, at...)...); !ok || errs != "" || out != want {
			t.Errorf("%q: %t %q %q, want %q", args, ok, out, errs, want)
		}
	}
	good("read /desks/17: is own\n", "learned", "own", "/desks/17")
	good("POST /admin: is not own\n", "learned", "not-own", "POST", "/admin")
	good("/sign-in: is login\n", "learned", "login", "/sign-in")
	good("read /search?q: is not writes\n", "learned", "writes", "/search?q", "--not")
	out, errs, ok := call(t, append([]string{"learned", "--json", "--kind", "own", "--text", "desks"}, at...)...)
	if want := `{"kind":"own","text":"read /desks/{n}","holds":true,"learned":false,"corrected":true}` + "\n"; !ok || out != want || !strings.Contains(errs, "not been seen for a day") {
		t.Errorf("%t %q %q", ok, out, errs)
	}
	good("read /desks/{n}: what people said about it is taken back\n", "learned", "forget", "/desks/{n}")
	good("/sign-in: what people said about it is taken back\n", "learned", "login", "/sign-in", "--undo")
	for _, wrong := range [][]string{
		{"learned", "forget", "/desks/17"}, {"learned", "forget", "--kind", "mine", "/x"}, {"learned", "own"}, {"learned", "own", "BREW", "/coffee"},
		{"learned", "zebra"}, {"learned", "--kind", "mine"}, {"learned", "--limit", "0"}, {"learned", "--log-format", "mine"}, {"learned", "own", "/x", "--not", "--undo"},
	} {
		if out, errs, ok := call(t, append(wrong, at...)...); ok || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: %t %q %q", wrong, ok, out, errs)
		}
	}
}

// people are the lines of a log in which eight people use an application for a day.
func people() string {
	const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
	var b strings.Builder
	start := time.Now().Add(-48 * time.Hour).UTC().Truncate(time.Hour)
	for hour := range 26 {
		for visit := range 12 {
			for person := range 8 {
				at := start.Add(time.Duration(hour)*time.Hour + time.Duration(visit)*20*time.Second)
				for _, asked := range []string{"/ 200", "/static/app.js 200", "/desks 200", "/desks/17 200", "/old 404"} {
					path, status, _ := strings.Cut(asked, " ")
					fmt.Fprintf(&b, "198.51.%d.7 - - [%s] \"GET %s HTTP/1.1\" %s 500 \"http://x/\" %q\n", 100+person, at.Format("02/Jan/2006:15:04:05 -0700"), path, status, browser)
				}
			}
		}
	}
	return b.String()
}

// Past logs teach a directory, but no server.
func TestLearnFromLogs(t *testing.T) {
	s, dir := openInstance(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	log := logfiletest.Write(t, "", people())
	if _, errs, ok := call(t, append([]string{"learned", "--from", log}, (&queue{}).serve(t)...)...); ok || !strings.Contains(errs, "a server uses these logs") {
		t.Errorf("a server: %t %q", ok, errs)
	}
	out, errs, ok := call(t, "learned", "--data-dir", dir, "--from", log)
	if !ok || errs != "" || out != "12,480 requests were read; 5 items are known about the application\n" {
		t.Errorf("%t %q %q", ok, out, errs)
	}
	out, errs, ok = call(t, "learned", "--data-dir", dir, "--json")
	if !ok || errs != "" || strings.Count(out, "\n") != 5 || !strings.Contains(out, `{"kind":"broken","text":"read /old","holds":true,"learned":true,"teachers":3,`) {
		t.Errorf("%t %q\n%s", ok, errs, out)
	}
	if _, errs, ok := call(t, "learned", "--data-dir", dir, "--from", filepath.Join(dir, "nothing")); ok || errs == "" {
		t.Errorf("a log that is not there: %t %q", ok, errs)
	}
	if flags, _, _ := call(t, "flags", "--data-dir", dir, "--format", "ndjson"); flags != "" {
		t.Errorf("past logs made flags: %s", flags)
	}
}
