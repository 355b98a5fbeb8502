package importer

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
	"github.com/gatebook/gatebook/plugin/cli/logfile/logfiletest"
)

// A log that grew is imported from where it ended, however short it was.
func TestAGrownLogGoesOn(t *testing.T) {
	for _, steps := range [][]int{{0, 1, 2, 3, 100}, {10, 30, 60, 61}, {40, 41, 20_000}, {39, 39, 50}} {
		s, log := newMemory(), logfiletest.Write(t, "", "")
		for _, n := range steps {
			if _, unreadable, err := importing(t, s, Importer{}, logfiletest.Write(t, log, logfiletest.Lines(0, n))); err != nil || unreadable != "" {
				t.Fatalf("%v: %s %v", steps, unreadable, err)
			}
			s.once(t, n)
		}
	}
}

// A line that was not finished is imported once: as it was if that could be
// read, and else when it is finished.
func TestALogThatEndsWithinALine(t *testing.T) {
	all := logfiletest.Lines(0, 3)
	second := strings.Index(all, "\n") + 1
	third := second + strings.Index(all[second:], "\n") + 1
	for end := second; end < third; end++ {
		s, log := newMemory(), logfiletest.Write(t, "", all[:end])
		if _, _, err := importing(t, s, Importer{}, log); err != nil {
			t.Fatal(err)
		}
		if _, unreadable, err := importing(t, s, Importer{}, logfiletest.Write(t, log, all)); err != nil || unreadable != "" {
			t.Fatalf("after %d bytes: %s %v", end, unreadable, err)
		}
		if paths := strings.Join(s.paths, " "); paths != "/0 /1 /2" {
			t.Fatalf("after %q: %s", all[second:end], paths)
		}
	}
}

// Another log that begins in the same way is taken for none that was imported.
func TestALogThatBeginsTheSame(t *testing.T) {
	s, log := newMemory(), logfiletest.Write(t, "", logfiletest.Lines(0, 300))
	mustImport(t, s, "imported 300 requests from FILE", log)
	other := logfiletest.Write(t, "", logfiletest.Lines(0, 100)+logfiletest.Lines(200, 500))
	shorter := logfiletest.Write(t, "", logfiletest.Lines(0, 200))
	for _, file := range []string{other, shorter} {
		if _, _, err := importing(t, s, Importer{}, file); !errors.Is(err, errBeginsTheSame) || !strings.Contains(err.Error(), "--again") {
			t.Errorf("%s: error %v", file, err)
		}
	}
	s.once(t, 300)

	again := Importer{Again: true}
	for i, c := range []struct{ file, out string }{
		{other, "imported 400 requests from FILE\n"},
		{log, "imported 300 requests from FILE\n"}, // twice now, as asked for
	} {
		if out, _, err := importing(t, s, again, c.file); err != nil || strings.ReplaceAll(out, c.file, "FILE") != c.out {
			t.Errorf("%d: %q %v", i, out, err)
		}
	}
	for _, file := range []string{log, other} {
		mustImport(t, s, "FILE is imported already; nothing was added", file)
	}
	if len(s.paths) != 1000 {
		t.Errorf("%d requests", len(s.paths))
	}
}

// An import that was asked for again and was interrupted goes on.
func TestAgainGoesOn(t *testing.T) {
	s, log := newMemory(), logfiletest.Write(t, "", logfiletest.Lines(0, 40_000))
	mustImport(t, s, "imported 40,000 requests from FILE", log)
	s.refuse = len(s.chunks) + 1
	if _, _, err := importing(t, s, Importer{Again: true}, log); !errors.Is(err, errRefused) {
		t.Fatal(err)
	}
	s.refuse = -1
	if out, _, err := importing(t, s, Importer{Again: true}, log); err != nil || !strings.HasPrefix(out, "imported 31,808 more") {
		t.Errorf("%q %v", out, err)
	}
	if len(s.paths) != 80_000 {
		t.Errorf("%d requests", len(s.paths))
	}
}

func TestUnreadableLines(t *testing.T) {
	s := newMemory()
	text := logfiletest.Lines(0, 2) + "\n  \n" + strings.Repeat("no line\x1b[31m\n", 15) + strings.Repeat("x", 3*logfile.MaxLine) + "\n" + logfiletest.Lines(2, 3) + "half a line"
	log := logfiletest.Write(t, "", text)
	out, unreadable, err := importing(t, s, Importer{}, log)
	if err != nil || out != "imported 3 requests from "+log+" (17 lines could not be read)\n" {
		t.Errorf("%q %v", out, err)
	}
	shown := strings.Split(strings.TrimSpace(unreadable), "\n")
	if len(shown) != 10 || !strings.HasPrefix(shown[0], log+":5: column ") || strings.Contains(unreadable, "\x1b") {
		t.Errorf("%s", unreadable)
	}
	s.once(t, 3)
}

func TestNothingReadable(t *testing.T) {
	s := newMemory()
	good, bad, empty := logfiletest.Write(t, "", logfiletest.Lines(0, 2)), logfiletest.Write(t, "", "what\nis\nthis\n"), logfiletest.Write(t, "", "")
	mustImport(t, s, "imported 0 requests from FILE", empty)
	if _, _, err := importing(t, s, Importer{}, bad); err == nil || !strings.Contains(err.Error(), bad) || !strings.Contains(err.Error(), "--format") {
		t.Errorf("error %v", err)
	}
	// With the wrong format nothing is taken for imported.
	out, _, err := importing(t, s, Importer{Dialect: logformat.Dialect{Format: "caddy"}}, bad, good)
	if err == nil || !strings.HasPrefix(err.Error(), "no line of "+bad+", "+good+" could be read") || out != "" {
		t.Errorf("%q %v", out, err)
	}
	if len(s.checkpoints) != 0 {
		t.Errorf("checkpoints %v", s.checkpoints)
	}
	mustImport(t, s, "imported 2 requests from FILE", good)
	if _, _, err := importing(t, s, Importer{}, good+".gone"); err == nil || !strings.Contains(err.Error(), good+".gone") {
		t.Errorf("error %v", err)
	}
}

// Standard input goes on like a file, and says so where it would have to be
// read twice.
func TestStandardInput(t *testing.T) {
	s := newMemory()
	for _, c := range []struct {
		text  string
		again bool
		want  string
	}{
		{logfiletest.Lines(0, 100), false, "imported 100 requests from standard input"},
		{logfiletest.Lines(0, 150), false, "imported 50 more requests from standard input"},
		{logfiletest.Lines(0, 150), false, "standard input is imported already; nothing was added"},
		{logfiletest.Lines(0, 150), true, "standard input would have to be read twice"},
	} {
		out, err := fromStandardInput(t, s, c.text, c.again)
		if got := fmt.Sprint(out, err); !strings.Contains(got, c.want) {
			t.Errorf("%s, want %s", got, c.want)
		}
		s.once(t, len(s.paths))
	}
	if len(s.paths) != 150 {
		t.Errorf("%d requests", len(s.paths))
	}
}

func fromStandardInput(t *testing.T, s *memory, text string, again bool) (string, error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.WriteString(w, text)
		w.Close()
	}()
	before := os.Stdin
	os.Stdin = r
	defer func() { os.Stdin = before }()
	out, _, err := importing(t, s, Importer{Again: again}, "-")
	return out, err
}

// What stands newest first is stored oldest first.
func TestNewestFirst(t *testing.T) {
	all := strings.SplitAfter(strings.TrimSuffix(logfiletest.Lines(0, 100), "\n"), "\n")
	all[99] += "\n"
	for i := range 50 {
		all[i], all[99-i] = all[99-i], all[i]
	}
	s := newMemory()
	mustImport(t, s, "imported 100 requests from FILE", logfiletest.Write(t, "", strings.Join(all, "")))
	s.once(t, 100)
}
