package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/serverlog"
)

// stock takes imports into memory. After refuse pieces it takes no more.
type stock struct {
	marks  map[string]serverlog.ImportCheckpoint
	paths  []string
	pieces []int
	refuse int
	seals  int
}

func newStock() *stock { return &stock{marks: map[string]serverlog.ImportCheckpoint{}, refuse: -1} }

var errRefused = errors.New("refused")

func (s *stock) imported(_ context.Context, id string) (serverlog.ImportCheckpoint, error) {
	return s.marks[id], nil
}

func (s *stock) importPiece(_ context.Context, id string, from int64, end serverlog.ImportCheckpoint, requests []record.Request) error {
	switch {
	case len(s.pieces) == s.refuse:
		return errRefused
	case s.marks[id].Bytes != from || end.Bytes <= from:
		return fmt.Errorf("a piece from %d to %d after %d", from, end.Bytes, s.marks[id].Bytes)
	case len(requests) == 0 || len(requests) > serverlog.MaxImportChunk:
		return fmt.Errorf("a piece of %d requests", len(requests))
	}
	s.marks[id] = end
	s.pieces = append(s.pieces, len(requests))
	for _, r := range requests {
		s.paths = append(s.paths, r.Path)
	}
	return nil
}

func (s *stock) seal(context.Context) error {
	s.seals++
	return nil
}

// lines are those of a log in the combined format, from the first number up
// to, but not including, the last.
func lines(first, last int) string {
	var b strings.Builder
	for i := first; i < last; i++ {
		at := time.Unix(1431857100+int64(i), 0).UTC().Format("02/Jan/2006:15:04:05 -0700")
		fmt.Fprintf(&b, "203.0.113.7 - - [%s] \"GET /%d HTTP/1.1\" 200 5 \"-\" \"curl/8.5.0\"\n", at, i)
	}
	return b.String()
}

// once fails the test unless s has the paths of lines(0, n), each once.
func (s *stock) once(t *testing.T, n int) {
	t.Helper()
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("/%d", i))
	}
	if !slices.Equal(s.paths, want) {
		t.Errorf("%d requests are stored, of which %d differ, want %d", len(s.paths), len(slices.Compact(slices.Sorted(slices.Values(s.paths)))), n)
	}
}

func writeLog(t *testing.T, path, text string) string {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "access.log")
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// importing runs an import of files into s and returns what it printed.
func importing(t *testing.T, s *stock, im importer, files ...string) (out, complaints string, err error) {
	t.Helper()
	var o, c bytes.Buffer
	im.into, im.out, im.complaints, im.progress = s, &o, &c, newProgress(os.Stderr)
	im.progress.on = false
	err = im.files(t.Context(), files)
	return o.String(), c.String(), err
}

func mustImport(t *testing.T, s *stock, want string, files ...string) {
	t.Helper()
	out, complaints, err := importing(t, s, importer{}, files...)
	if err != nil || complaints != "" || strings.ReplaceAll(out, files[0], "FILE") != want+"\n" {
		t.Errorf("%q %q %v, want %q", out, complaints, err, want)
	}
}

func TestPiecesAreBounded(t *testing.T) {
	s := newStock()
	mustImport(t, s, "imported 40,000 requests from FILE", writeLog(t, "", lines(0, 40_000)))
	s.once(t, 40_000)
	if want := []int{8192, 8192, 8192, 8192, 7232}; !slices.Equal(s.pieces, want) || s.seals != 1 {
		t.Errorf("pieces of %v requests, want %v; sealed %d times", s.pieces, want, s.seals)
	}

	s = newStock()
	long := fmt.Sprintf("203.0.113.7 - - [17/May/2015:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"%s\"\n", strings.Repeat("a", 512<<10))
	mustImport(t, s, "imported 20 requests from FILE", writeLog(t, "", strings.Repeat(long, 20)))
	if want := []int{8, 8, 4}; !slices.Equal(s.pieces, want) {
		t.Errorf("pieces of %v requests, want %v", s.pieces, want)
	}
}

// A log that stands newest first is cut where a moment ends: within one, the
// order would not survive.
func TestNewestFirstIsCutBetweenMoments(t *testing.T) {
	var text strings.Builder
	const n, together = 20_000, 3000
	for i := range n {
		at := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC).Add(-time.Duration(i/together) * time.Second)
		fmt.Fprintf(&text, "{\"time\":%q,\"method\":\"GET\",\"path\":\"/%d\",\"status\":200}\n", at.Format(time.RFC3339), i)
	}
	s := newStock()
	mustImport(t, s, "imported 20,000 requests from FILE", writeLog(t, "", text.String()))
	if want := []int{6000, 6000, 8000}; !slices.Equal(s.pieces, want) {
		t.Errorf("pieces of %v requests, want %v", s.pieces, want)
	}
}

func TestAnInterruptedImportGoesOn(t *testing.T) {
	s, log := newStock(), writeLog(t, "", lines(0, 50_000))
	s.refuse = 2
	if _, _, err := importing(t, s, importer{}, log); !errors.Is(err, errRefused) || !strings.Contains(err.Error(), "run the same command again") {
		t.Fatalf("error %v", err)
	}
	s.refuse = -1
	mustImport(t, s, "imported 33,616 more requests from FILE", log)
	s.once(t, 50_000)
	mustImport(t, s, "FILE is imported already; nothing was added", log)
	s.once(t, 50_000)
}

// Ctrl-C ends an import after the piece that is being stored.
func TestAStoppedImportSaysHowToGoOn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, log := newStock(), writeLog(t, "", lines(0, 20_000))
	im := importer{into: stopper{s, cancel}, out: &bytes.Buffer{}, complaints: &bytes.Buffer{}, progress: &progress{now: newProgress(os.Stderr).now}}
	if err := im.files(ctx, []string{log}); err == nil || !strings.HasPrefix(err.Error(), "stopped while importing "+log+"; run the same command again") {
		t.Fatalf("error %v", err)
	}
	if want := []int{8192}; !slices.Equal(s.pieces, want) || s.seals != 0 {
		t.Errorf("pieces of %v requests, want %v; sealed %d times", s.pieces, want, s.seals)
	}
	mustImport(t, s, "imported 11,808 more requests from FILE", log)
	s.once(t, 20_000)
}

// stopper stops the import while a piece is being stored.
type stopper struct {
	*stock
	stop func()
}

func (s stopper) importPiece(ctx context.Context, id string, from int64, end serverlog.ImportCheckpoint, requests []record.Request) error {
	s.stop()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.stock.importPiece(ctx, id, from, end, requests)
}

// zipped is text as a gzip member.
func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A compressed log is the same log, whatever it is called and in however many
// members.
func TestGzip(t *testing.T) {
	members := zipped(t, lines(0, 10_000)) + zipped(t, lines(10_000, 10_001)[:20]) + zipped(t, lines(10_000, 10_001)[20:]+lines(10_001, 20_000))
	s, log := newStock(), writeLog(t, "", members)
	s.refuse = 1
	if _, _, err := importing(t, s, importer{}, log); !errors.Is(err, errRefused) {
		t.Fatalf("error %v", err)
	}
	s.refuse = -1
	mustImport(t, s, "imported 11,808 more requests from FILE", log)
	s.once(t, 20_000)
	mustImport(t, s, "FILE is imported already; nothing was added", writeLog(t, "", lines(0, 20_000)))
	s.once(t, 20_000)
}

// What can be read of a torn file is imported, and the rest later.
func TestATornGzip(t *testing.T) {
	whole := zipped(t, lines(0, 30_000))
	s, log := newStock(), writeLog(t, "", whole[:len(whole)/2])
	_, complaints, err := importing(t, s, importer{}, log)
	if err == nil || !strings.Contains(err.Error(), "reading "+log+": unexpected EOF") || complaints != "" || len(s.paths) < 10_000 {
		t.Errorf("%d requests, error %v, %s", len(s.paths), err, complaints)
	}
	if _, _, err := importing(t, s, importer{}, writeLog(t, log, whole)); err != nil {
		t.Error(err)
	}
	s.once(t, 30_000)
}

// Each format is known by its first line, and --format needs none.
func TestFormats(t *testing.T) {
	const caddy = `{"level":"info","ts":1646861401.5,"msg":"handled request","request":{"client_ip":"203.0.113.7","method":"GET","uri":"/0"},"duration":0.1,"size":5,"status":200}` + "\n"
	const ours = `{"time":"2026-11-22T23:00:00+01:00","instance":"other","ip":"2001:db8::1","method":"GET","path":"/0","status":200}` + "\n"
	for _, text := range []string{lines(0, 1), caddy, ours, "\n\n" + ours, strings.ReplaceAll(lines(0, 1), "\n", "\r\n")} {
		s := newStock()
		mustImport(t, s, "imported 1 request from FILE", writeLog(t, "", text))
		s.once(t, 1)
	}
	s, log := newStock(), writeLog(t, "", "torn by rotation\n"+caddy)
	if _, _, err := importing(t, s, importer{}, log); err == nil || !strings.Contains(err.Error(), "the first line of "+log) {
		t.Errorf("error %v", err)
	}
	if out, _, err := importing(t, s, importer{format: "caddy"}, log); err != nil || out != "imported 1 request from "+log+" (1 line could not be read)\n" {
		t.Errorf("%q %v", out, err)
	}
}
