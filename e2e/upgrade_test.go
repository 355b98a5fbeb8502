package e2e

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// upgradeMake names a release whose data directories are to be made, by the
// program of this working tree, before they are compared.
var upgradeMake = flag.String("upgrade.make", "", "add data directories of this release to testdata/upgrade")

// upgradeDir has a folder for each release, as its README describes.
const upgradeDir = "testdata/upgrade"

// answered is a question that an earlier release was asked, and its answer. The
// question is a command's arguments, or else a path of the HTTP API.
type answered struct {
	Command []string `json:"command,omitempty"`
	Get     string   `json:"get,omitempty"`
	Answer  string   `json:"answer"`
}

func (a *answered) question() string {
	if a.Get != "" {
		return "GET " + a.Get
	}
	return "gatebook " + strings.Join(a.Command, " ")
}

// The directories of earlier releases, with the configuration that was used
// there, give the present program the answers that they gave those releases.
func TestUpgrade(t *testing.T) {
	if *upgradeMake != "" {
		makeRelease(t, filepath.Join(upgradeDir, *upgradeMake))
	}
	archives, err := filepath.Glob(filepath.Join(upgradeDir, "*", "*.zip"))
	must(t, err)
	if len(archives) == 0 {
		t.Fatalf("%s has no directories", upgradeDir)
	}
	for _, archive := range archives {
		name, _ := strings.CutPrefix(archive, upgradeDir+string(filepath.Separator))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := readAnswers(t, answersOf(archive))
			t.Run("commands", func(t *testing.T) {
				t.Parallel()
				compareAnswers(t, archive, all, false)
			})
			t.Run("API", func(t *testing.T) {
				t.Parallel()
				compareAnswers(t, archive, all, true)
			})
		})
	}
}

// compareAnswers puts the questions of one kind to the present program. Both
// kinds get a copy of the directory, since opening one changes it.
func compareAnswers(t *testing.T, archive string, all []answered, api bool) {
	t.Helper()
	g := unpackedGate(t, archive)
	if api {
		g.start()
		g.endWith(t)
		g.opened()
	}
	asked := 0
	for _, want := range all {
		if (want.Get != "") != api {
			continue
		}
		asked++
		got, was := withoutChanges(t, want.Get, g.answer(want)), withoutChanges(t, want.Get, want.Answer)
		if got != was {
			t.Errorf("%s: %s", want.question(), firstDifference(got, was))
		}
	}
	if asked == 0 {
		t.Errorf("%s has no questions of this kind", answersOf(archive))
	}
}

// unpackedGate is a gate, not started, with the directory of an archive and the
// configuration beside it.
func unpackedGate(t *testing.T, archive string) *gate {
	t.Helper()
	config, err := os.ReadFile(filepath.Join(filepath.Dir(archive), "Caddyfile"))
	must(t, err)
	g := newGate(t, "localhost:1", setup{caddyfile: string(config)})
	must(t, unpack(archive, g.data))
	return g
}

// answer puts a question to the gate's directory or to the running gate, and
// leaves out of the answer what depends on the clock.
func (g *gate) answer(q answered) string {
	g.t.Helper()
	if q.Get != "" {
		status, body := g.askAdmin("acme/" + q.Get)
		if status != http.StatusOK {
			g.t.Errorf("%s: status %d", q.question(), status)
		}
		return withoutClock(body)
	}
	cmd := g.command(append(q.Command, "--data-dir", g.data)...)
	cmd.Env = append(cmd.Env, "TZ=UTC") // commands on a directory show local times
	out, err := cmd.Output()
	if err != nil {
		g.t.Errorf("%s: %v", q.question(), err)
	}
	return withoutClock(string(out))
}

// clocks are the parts of answers that differ from one minute to the next,
// whichever program gives them.
var clocks = []struct {
	what *regexp.Regexp
	with string
}{
	// When the last run of the retention was, what it did, and when the next
	// one is. A gate runs it soon after its start.
	{regexp.MustCompile(`"last_run":(\{[^}]*\}|null)`), `"last_run":"…"`},
	{regexp.MustCompile(`"(next_run|last_retention_run)":"[^"]*"`), `"$1":"…"`},
	// When the lists of bans were written, and how long each ban lasts from
	// then on. The forms with an end at a fixed time are compared as they are.
	{regexp.MustCompile(`"at":"[^"]*"(,"bans":)`), `"at":"…"$1`},
	{regexp.MustCompile(`(as of|at) \d{4}-\d\d-\d\dT[0-9:]+(Z|[+-]\d\d:\d\d)`), `$1 …`},
	{regexp.MustCompile(`timeout [0-9dhms]+`), `timeout …`},
	{regexp.MustCompile(`"duration":"[^"]*"`), `"duration":"…"`},
	// The size of Badger's files depends on when it writes and merges tables.
	{regexp.MustCompile(`"bytes":\d+(,"oldest")`), `"bytes":"…"$1`},
	// There is a last flush once the retention has run, which a gate starts
	// by itself an hour after the run that the directory knows of.
	{regexp.MustCompile(`"last_flush":"[^"]*",`), ``},
}

func withoutClock(answer string) string {
	for _, c := range clocks {
		answer = c.what.ReplaceAllString(answer, c.with)
	}
	return answer
}

// changes are what is meant to be answered differently since these releases, with what
// makes it the same again: a flag says what is in force, and what has expired has a
// state of its own.
var changes = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`"state":"expired","in_force":false,"expired":"([a-z]+)"`), `"state":"$1"`},
	{regexp.MustCompile(`("state":"[a-z]+"),"in_force":(true|false)`), `$1`},
}

// withoutChanges returns an answer without what is meant to have changed. The list of
// those that are banned had expired bans, too; these are left out.
func withoutChanges(t *testing.T, get, answer string) string {
	t.Helper()
	for _, c := range changes {
		answer = c.what.ReplaceAllString(answer, c.with)
	}
	if get != "flags?state=banned" {
		return answer
	}
	var list map[string]json.RawMessage
	var flags []json.RawMessage
	must(t, errors.Join(json.Unmarshal([]byte(answer), &list), json.Unmarshal(list["flags"], &flags)))
	flags = slices.DeleteFunc(flags, func(flag json.RawMessage) bool {
		var f struct{ Until time.Time }
		must(t, json.Unmarshal(flag, &f))
		return !f.Until.IsZero() && f.Until.Before(time.Now())
	})
	var err error
	list["flags"], err = json.Marshal(flags)
	must(t, err)
	out, err := json.Marshal(list)
	must(t, err)
	return string(out)
}

// firstDifference describes where two answers begin to differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	line := 0
	for line < len(g) && line < len(w) && g[line] == w[line] {
		line++
	}
	at := func(lines []string) string {
		if line == len(lines) {
			return "the end"
		}
		return lines[line]
	}
	a, b := at(g), at(w)
	from := 0
	for from < len(a) && from < len(b) && a[from] == b[from] {
		from++
	}
	from = max(0, from-60)
	cut := func(s string) string { return s[from:min(len(s), from+300)] }
	return fmt.Sprintf("line %d of %d is\n\t%s\nand was, of %d,\n\t%s", line+1, len(g), cut(a), len(w), cut(b))
}

func answersOf(archive string) string {
	return strings.TrimSuffix(archive, ".zip") + ".answers.json.gz"
}

func readAnswers(t *testing.T, path string) (all []answered) {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	in, err := gzip.NewReader(f)
	must(t, err)
	must(t, json.NewDecoder(in).Decode(&all))
	return all
}

func writeAnswers(t *testing.T, path string, all []answered) {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	zip, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	must(t, err)
	out := json.NewEncoder(zip)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	must(t, errors.Join(out.Encode(all), zip.Close(), f.Close()))
}
