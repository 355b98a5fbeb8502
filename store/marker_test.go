package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/kv"
)

func names(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

func TestOpenCreates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "acme")
	now := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	s, err := Open(dir, Options{Instance: "acme", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got := names(t, dir); got != "app gatebook.json lock server" {
		t.Errorf("it holds %s", got)
	}
	data, err := os.ReadFile(filepath.Join(dir, MarkerName))
	if err != nil {
		t.Fatal(err)
	}
	var m marker
	if err := json.Unmarshal(data, &m); err != nil || m != (marker{Format: format, Instance: "acme", Created: now}) {
		t.Errorf("marker %s, %v", data, err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A directory of an older version gets the format of this one, and nothing else of its
// marker changes.
func TestOpenTakesOver(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, MarkerName), `{"format":1,"instance":"acme","created":"2026-11-22T23:00:00Z"}`)
	s, err := Open(dir, Options{Instance: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	data, err := os.ReadFile(filepath.Join(dir, MarkerName))
	if want := `{"format":2,"instance":"acme","created":"2026-11-22T23:00:00Z"}`; err != nil || strings.TrimSpace(string(data)) != want {
		t.Errorf("marker %s, %v, want %s", data, err, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		setUp func(dir string)
		want  error
		says  []string
	}{
		{
			"something else", func(dir string) { mustWrite(t, filepath.Join(dir, "thesis.doc"), "x") },
			ErrForeign, []string{`"thesis.doc"`, "choose an empty directory"},
		},
		{
			"marker lost", func(dir string) { os.Mkdir(filepath.Join(dir, "server"), 0o700) },
			ErrForeign, []string{`"server"`, "put that file back"},
		},
		{
			"damaged marker", func(dir string) { mustWrite(t, filepath.Join(dir, MarkerName), "\x00\x00\x00") },
			ErrForeign, []string{MarkerName, "restore that file"},
		},
		{
			"empty marker", func(dir string) { mustWrite(t, filepath.Join(dir, MarkerName), "") },
			ErrForeign, []string{"restore that file"},
		},
		{
			"marker without format", func(dir string) { mustWrite(t, filepath.Join(dir, MarkerName), "{}") },
			ErrForeign, []string{"restore that file"},
		},
		{
			"newer format", func(dir string) { mustWrite(t, filepath.Join(dir, MarkerName), `{"format":3,"new":true}`) },
			kv.ErrNewer, []string{"format 3", "format 2", "use the newer Gatebook"},
		},
		{
			"another instance", func(dir string) {
				mustWrite(t, filepath.Join(dir, MarkerName), `{"format":1,"instance":"umbrella"}`)
			},
			ErrOtherInstance, []string{`"umbrella"`, `"acme"`},
		},
		{
			"a file", func(dir string) { os.Remove(dir); mustWrite(t, dir, "x") },
			ErrForeign, []string{"is a file", "choose another path"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			test.setUp(dir)
			before := contents(t, dir)
			_, err := Open(dir, Options{Instance: "acme"})
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v", err)
			}
			for _, part := range append(test.says, dir) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a sentence: %q", err)
			}
			if after := contents(t, dir); after != before {
				t.Errorf("it held %s, and now %s", before, after)
			}
		})
	}
}

// contents names everything under dir, which may be a file.
func contents(t testing.TB, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(all)
}

func TestOpenTakesWhatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, lockName), "123456\n")
	mustWrite(t, filepath.Join(dir, MarkerName+".tmp"), `{"form`)
	s, err := Open(dir, Options{Instance: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenWithoutInstanceTakesTheDirectorys(t *testing.T) {
	dir := t.TempDir()
	for _, instance := range []string{"acme", ""} {
		s, err := Open(dir, Options{Instance: instance, FlushEvery: quiet})
		if err != nil {
			t.Fatal(err)
		}
		mustRecord(t, s.ServerLog)
		page, _, err := s.ServerLog.Requests(t.Context(), query.Requests{Limit: 1})
		if err != nil || page[0].Instance != "acme" {
			t.Errorf("got %v, %v", page, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenIsExclusive(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir, Options{})
	if !errors.Is(err, ErrInUse) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{dir, fmt.Sprintf("stop process %d", os.Getpid()), "ask it with --address"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// One log that cannot be opened does not take the other down, and is opened
// when it can be.
func TestEachLogOpensAlone(t *testing.T) {
	for _, name := range []string{"server", "app"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			manifest := filepath.Join(dir, name, "MANIFEST")
			good, err := os.ReadFile(manifest)
			if err != nil {
				t.Fatal(err)
			}
			mustWrite(t, manifest, "no manifest at all")
			if s, err = Open(dir, Options{}); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				failed := s.AppLogErr
				if name == "server" {
					failed = s.ServerLogErr
				}
				if failed == nil || !strings.Contains(failed.Error(), filepath.Join(dir, name)) || strings.Contains(failed.Error(), "\n") {
					t.Errorf("got %v", failed)
				}
				if (s.ServerLog == nil) != (name == "server") || (s.AppLog == nil) != (name == "app") {
					t.Errorf("open are %v and %v", s.ServerLog, s.AppLog)
				}
				s = s.Again()
			}
			mustWrite(t, manifest, string(good))
			if s = s.Again(); s.ServerLog == nil || s.AppLog == nil || s.ServerLogErr != nil || s.AppLogErr != nil {
				t.Errorf("not open: %v, %v", s.ServerLogErr, s.AppLogErr)
			}
			mustAppend(t, s.AppLog, 1)
			mustRecord(t, s.ServerLog)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A failed Open leaves nothing open: the next one succeeds.
func TestFailedOpenReleasesEverything(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	good := map[string]string{}
	for _, name := range []string{"server", "app"} {
		manifest := filepath.Join(dir, name, "MANIFEST")
		content, err := os.ReadFile(manifest)
		if err != nil {
			t.Fatal(err)
		}
		good[manifest] = string(content)
		mustWrite(t, manifest, "no manifest at all")
	}
	_, err = Open(dir, Options{})
	for manifest, content := range good {
		if err == nil || !strings.Contains(err.Error(), filepath.Dir(manifest)) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v", err)
		}
		mustWrite(t, manifest, content)
	}
	if s, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenOnAFullDisk(t *testing.T) {
	o := Options{free: func(string) (uint64, error) { return 1 << 20, nil }}
	_, err := Open(t.TempDir(), o)
	if !errors.Is(err, kv.ErrDiskFull) || !strings.Contains(err.Error(), "64 MiB needed; free some space") {
		t.Errorf("got %v", err)
	}
}

func TestOpenReportsAMissingLog(t *testing.T) {
	dir := t.TempDir()
	log := &strings.Builder{}
	for range 2 {
		s, err := Open(dir, Options{Log: textLog(log)})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(log.String(), "missing") {
		t.Errorf("nothing is missing: %s", log)
	}
	if err := os.RemoveAll(filepath.Join(dir, "server")); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, Options{Log: textLog(log)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !strings.Contains(log.String(), "a book is missing") {
		t.Errorf("the log says: %s", log)
	}
}

func TestNothingLeaks(t *testing.T) {
	dir := t.TempDir()
	before := 0
	for n := range 20 {
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		mustRecord(t, s.ServerLog)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if n == 0 { // what libraries start once per process is running now
			before = runtime.NumGoroutine()
		}
	}
	until(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}
