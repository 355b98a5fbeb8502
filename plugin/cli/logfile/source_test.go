package logfile_test

import (
	"bytes"
	"crypto/sha256"
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

func open(t *testing.T, text string) *logfile.Source {
	t.Helper()
	s, err := logfile.Open(logfiletest.Write(t, "", text))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestNext reads lines with and without compression, and skips one that is too long.
func TestNext(t *testing.T) {
	text := "a\n\n" + strings.Repeat("x", logfile.MaxLine+10) + "\nb"
	want := []string{"a\n", "\n", "too long", "b", "EOF"}
	for name, content := range map[string]string{"plain": text, "gzip": logfiletest.Zipped(t, text), "members": logfiletest.Zipped(t, text[:3]) + logfiletest.Zipped(t, text[3:])} {
		s := open(t, content)
		for i, w := range want {
			line, err := s.Next()
			got := string(line)
			switch {
			case errors.Is(err, logfile.ErrLongLine):
				got = "too long"
			case errors.Is(err, io.EOF):
				got = "EOF"
			case err != nil:
				t.Fatal(err)
			}
			if got != w {
				t.Errorf("%s: line %d is %.20q, want %q", name, i+1, got, w)
			}
			s.Take(line)
		}
		if c := s.Checkpoint(); c.Bytes != int64(len(text)) || c.Sum != sha256.Sum256([]byte(text)) || s.Lines() != 3 {
			t.Errorf("%s: %d bytes, %d lines", name, c.Bytes, s.Lines())
		}
	}
}

func TestSkipAndRewind(t *testing.T) {
	text := logfiletest.Lines(0, 10)
	s := open(t, text)
	if err := s.Skip(20); err != nil || s.Bytes() != 20 {
		t.Fatalf("%d bytes, %v", s.Bytes(), err)
	}
	if err := s.FinishLine(); err != nil || s.Lines() != 1 || !s.More() {
		t.Errorf("%d lines, %v", s.Lines(), err)
	}
	if err := s.Skip(int64(len(text)) + 1); !errors.Is(err, io.EOF) || s.More() {
		t.Errorf("beyond the end: %v", err)
	}
	if err := s.Rewind(); err != nil || s.Bytes() != 0 || !s.More() {
		t.Errorf("%d bytes, %v", s.Bytes(), err)
	}
}

func TestDialect(t *testing.T) {
	for text, want := range map[string]logformat.Format{
		logfiletest.Lines(0, 1): logformat.Combined, "": logformat.NDJSON, "\r\n\n" + logfiletest.Lines(0, 1): logformat.Combined,
		`{"time":"2026-11-22T23:00:00+01:00","method":"GET","path":"/0","status":200}` + "\n": logformat.NDJSON,
		"odd\rlines\r" + strings.ReplaceAll(logfiletest.Lines(0, 1), "\n", "\r"):              logformat.Combined,
		strings.Repeat("\x00", 2*logfile.MaxLine) + logfiletest.Lines(0, 1):                   logformat.Combined,
	} {
		if got, err := open(t, text).Dialect(logformat.Dialect{}); err != nil || got.Format != want {
			t.Errorf("%.100q: %v %v", text, got, err)
		}
	}
	if _, err := open(t, "what\nis this").Dialect(logformat.Dialect{}); err == nil || !strings.Contains(err.Error(), "--format") {
		t.Errorf("an unknown format: %v", err)
	}
}

// A file may ask for more memory than there is.
func TestZstdMemoryIsBounded(t *testing.T) {
	// A frame whose header asks for a window of 2 GiB.
	s, err := logfile.Open(logfiletest.Write(t, "", "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"))
	if err == nil {
		_, err = s.Head()
	}
	if err == nil || !strings.Contains(err.Error(), "needs more than 128 MiB of memory; pass it through zstd -dc --long=31") {
		t.Errorf("error %v", err)
	}
}

// The lines of a pipe are read as they come.
func TestAPipeIsNotWaitedFor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	before := os.Stdin
	os.Stdin = r
	defer func() { os.Stdin = before }()
	if _, err := w.WriteString(logfiletest.Lines(0, 2)); err != nil {
		t.Fatal(err)
	}
	s, err := logfile.Open("-")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if d, err := s.Dialect(logformat.Dialect{Format: logformat.Combined}); err != nil || d.Format != logformat.Combined {
		t.Errorf("%v %v", d, err)
	}
	if line, err := s.Next(); err != nil || string(line) != logfiletest.Lines(0, 1) {
		t.Errorf("%q %v", line, err)
	}
}

func TestUnreadable(t *testing.T) {
	var out bytes.Buffer
	s, u := open(t, ""), logfile.Unreadable{Out: &out}
	for i := range 12 {
		u.Add(s, i+1, fmt.Errorf("reason %d", i+1))
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	shown, more := u.More()
	if len(lines) != shown || !more || u.Lines() != 12 || lines[9] != s.Name+":10: reason 10" {
		t.Errorf("%d of %d are shown: %q", len(lines), u.Lines(), lines)
	}
}

// TestNoProgress checks that nothing is shown where there is no terminal.
func TestNoProgress(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := logfile.NewProgress(f)
	p.Begin()
	p.Add(open(t, ""), 5)
	p.Show("text")
	p.Clear()
	if info, err := f.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
}
