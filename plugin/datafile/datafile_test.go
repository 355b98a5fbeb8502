package datafile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var limits = Limits{Size: 1 << 20, Smaller: "a shorter one", Wanted: "a list"}

func write(t *testing.T, path string, size int) {
	t.Helper()
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	good, large := filepath.Join(dir, "good"), filepath.Join(dir, "large")
	write(t, good, 5)
	write(t, large, 1<<20+1)
	for path, want := range map[string]string{
		dir: "it is no regular file: give the path of a list", large: "larger than 1 MiB: give a shorter one",
		filepath.Join(dir, "none"): "check the path",
	} {
		f, _, err := Open(path, limits)
		if f != nil || err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	f, info, err := Open(good, limits)
	if err != nil || info.Size() != 5 {
		t.Fatal(info, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(filepath.Join(dir, "none"), limits); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	state := func() os.FileInfo {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	write(t, path, 1)
	before := state()
	if !Same(before, state()) {
		t.Error("an untouched file has changed")
	}
	if err := os.Chtimes(path, time.Time{}, before.ModTime().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if Same(before, state()) {
		t.Error("a file that was written again is the same")
	}
}
