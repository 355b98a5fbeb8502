package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/logfile/logfiletest"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store/serverlog"
)

// memory stores imports in memory. After refuse chunks it refuses more.
type memory struct {
	checkpoints map[string]serverlog.ImportCheckpoint
	paths       []string
	chunks      []int
	refuse      int
	seals       int
}

func newMemory() *memory {
	return &memory{checkpoints: map[string]serverlog.ImportCheckpoint{}, refuse: -1}
}

var errRefused = errors.New("refused")

func (s *memory) Imported(_ context.Context, id string) (serverlog.ImportCheckpoint, error) {
	return s.checkpoints[id], nil
}

func (s *memory) Import(_ context.Context, c service.ImportChunk) error {
	switch {
	case len(s.chunks) == s.refuse:
		return errRefused
	case s.checkpoints[c.ID].Bytes != c.From || c.End.Bytes <= c.From:
		return fmt.Errorf("a chunk from %d to %d after %d", c.From, c.End.Bytes, s.checkpoints[c.ID].Bytes)
	case len(c.Requests) == 0 || len(c.Requests) > serverlog.MaxImportChunk:
		return fmt.Errorf("a chunk of %d requests", len(c.Requests))
	}
	s.checkpoints[c.ID] = c.End
	s.chunks = append(s.chunks, len(c.Requests))
	for _, r := range c.Requests {
		s.paths = append(s.paths, r.Path)
	}
	return nil
}

func (s *memory) SealImport(context.Context) error {
	s.seals++
	return nil
}

// once fails the test unless s has the paths of logfiletest.Lines(0, n), each once.
func (s *memory) once(t *testing.T, n int) {
	t.Helper()
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("/%d", i))
	}
	if !slices.Equal(s.paths, want) {
		t.Errorf("%d requests are stored, of which %d differ, want %d", len(s.paths), len(slices.Compact(slices.Sorted(slices.Values(s.paths)))), n)
	}
}

// importing runs an import of files into s and returns what it printed.
func importing(t *testing.T, s *memory, im Importer, files ...string) (out, unreadable string, err error) {
	t.Helper()
	var o, c bytes.Buffer
	im.Into, im.Out, im.Unreadable = s, &o, &c
	err = im.Import(t.Context(), files)
	return o.String(), c.String(), err
}

func mustImport(t *testing.T, s *memory, want string, files ...string) {
	t.Helper()
	out, unreadable, err := importing(t, s, Importer{}, files...)
	if err != nil || unreadable != "" || strings.ReplaceAll(out, files[0], "FILE") != want+"\n" {
		t.Errorf("%q %q %v, want %q", out, unreadable, err, want)
	}
}

func TestChunksAreBounded(t *testing.T) {
	s := newMemory()
	mustImport(t, s, "imported 40,000 requests from FILE", logfiletest.Write(t, "", logfiletest.Lines(0, 40_000)))
	s.once(t, 40_000)
	if want := []int{8192, 8192, 8192, 8192, 7232}; !slices.Equal(s.chunks, want) || s.seals != 1 {
		t.Errorf("chunks of %v requests, want %v; sealed %d times", s.chunks, want, s.seals)
	}

	s = newMemory()
	long := fmt.Sprintf("203.0.113.7 - - [17/May/2015:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"%s\"\n", strings.Repeat("a", 512<<10))
	mustImport(t, s, "imported 20 requests from FILE", logfiletest.Write(t, "", strings.Repeat(long, 20)))
	if want := []int{8, 8, 4}; !slices.Equal(s.chunks, want) {
		t.Errorf("chunks of %v requests, want %v", s.chunks, want)
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
	s := newMemory()
	mustImport(t, s, "imported 20,000 requests from FILE", logfiletest.Write(t, "", text.String()))
	if want := []int{6000, 6000, 8000}; !slices.Equal(s.chunks, want) {
		t.Errorf("chunks of %v requests, want %v", s.chunks, want)
	}
}

func TestAnInterruptedImportGoesOn(t *testing.T) {
	s, log := newMemory(), logfiletest.Write(t, "", logfiletest.Lines(0, 50_000))
	s.refuse = 2
	if _, _, err := importing(t, s, Importer{}, log); !errors.Is(err, errRefused) || !strings.Contains(err.Error(), "run the same command again") {
		t.Fatalf("error %v", err)
	}
	s.refuse = -1
	mustImport(t, s, "imported 33,616 more requests from FILE", log)
	s.once(t, 50_000)
	mustImport(t, s, "FILE is imported already; nothing was added", log)
	s.once(t, 50_000)
}

// Ctrl-C ends an import after the chunk that is being stored.
func TestAStoppedImportSaysHowToGoOn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, log := newMemory(), logfiletest.Write(t, "", logfiletest.Lines(0, 20_000))
	im := Importer{Into: stopper{s, cancel}, Out: &bytes.Buffer{}, Unreadable: &bytes.Buffer{}}
	if err := im.Import(ctx, []string{log}); err == nil || !strings.HasPrefix(err.Error(), "stopped while importing "+log+"; run the same command again") {
		t.Fatalf("error %v", err)
	}
	if want := []int{8192}; !slices.Equal(s.chunks, want) || s.seals != 0 {
		t.Errorf("chunks of %v requests, want %v; sealed %d times", s.chunks, want, s.seals)
	}
	mustImport(t, s, "imported 11,808 more requests from FILE", log)
	s.once(t, 20_000)
}

// stopper stops the import while a chunk is being stored.
type stopper struct {
	*memory
	stop func()
}

func (s stopper) Import(ctx context.Context, c service.ImportChunk) error {
	s.stop()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.memory.Import(ctx, c)
}

// A compressed log is the same log, whatever it is called and in however many
// members.
func TestGzip(t *testing.T) {
	members := logfiletest.Zipped(t, logfiletest.Lines(0, 10_000)) + logfiletest.Zipped(t, logfiletest.Lines(10_000, 10_001)[:20]) + logfiletest.Zipped(t, logfiletest.Lines(10_000, 10_001)[20:]+logfiletest.Lines(10_001, 20_000))
	s, log := newMemory(), logfiletest.Write(t, "", members)
	s.refuse = 1
	if _, _, err := importing(t, s, Importer{}, log); !errors.Is(err, errRefused) {
		t.Fatalf("error %v", err)
	}
	s.refuse = -1
	mustImport(t, s, "imported 11,808 more requests from FILE", log)
	s.once(t, 20_000)
	mustImport(t, s, "FILE is imported already; nothing was added", logfiletest.Write(t, "", logfiletest.Lines(0, 20_000)))
	s.once(t, 20_000)
}

// What can be read of a truncated file is imported, and the rest later.
func TestATruncatedGzip(t *testing.T) {
	whole := logfiletest.Zipped(t, logfiletest.Lines(0, 30_000))
	s, log := newMemory(), logfiletest.Write(t, "", whole[:len(whole)/2])
	_, unreadable, err := importing(t, s, Importer{}, log)
	if err == nil || !strings.Contains(err.Error(), "reading "+log+": unexpected EOF") || unreadable != "" || len(s.paths) < 10_000 {
		t.Errorf("%d requests, error %v, %s", len(s.paths), err, unreadable)
	}
	if _, _, err := importing(t, s, Importer{}, logfiletest.Write(t, log, whole)); err != nil {
		t.Error(err)
	}
	s.once(t, 30_000)
}

// Each format is known by its first line, and --format needs none.
func TestFormats(t *testing.T) {
	const caddy = `{"level":"info","ts":1646861401.5,"msg":"handled request","request":{"client_ip":"203.0.113.7","method":"GET","uri":"/0"},"duration":0.1,"size":5,"status":200}` + "\n"
	const ours = `{"time":"2026-11-22T23:00:00+01:00","instance":"other","ip":"2001:db8::1","method":"GET","path":"/0","status":200}` + "\n"
	for _, text := range []string{logfiletest.Lines(0, 1), caddy, ours, "\n\n" + ours, strings.ReplaceAll(logfiletest.Lines(0, 1), "\n", "\r\n")} {
		s := newMemory()
		mustImport(t, s, "imported 1 request from FILE", logfiletest.Write(t, "", text))
		s.once(t, 1)
	}
	for _, format := range []logformat.Format{"", "caddy"} {
		s, log := newMemory(), logfiletest.Write(t, "", "torn by rotation\n"+caddy)
		out, unreadable, err := importing(t, s, Importer{Dialect: logformat.Dialect{Format: format}}, log)
		if err != nil || out != "imported 1 request from "+log+" (1 line could not be read)\n" || !strings.HasPrefix(unreadable, log+":1: ") {
			t.Errorf("%q %s %v", out, unreadable, err)
		}
	}
	s, log := newMemory(), logfiletest.Write(t, "", "what\nis this\n")
	if _, _, err := importing(t, s, Importer{}, log); err == nil || !strings.HasPrefix(err.Error(), "the first lines of "+log) || !strings.Contains(err.Error(), "line 1: column 5: ") {
		t.Errorf("error %v", err)
	}
}

// An odd file does not keep those after it from being imported.
func TestOddFilesStopNoOthers(t *testing.T) {
	good, last := logfiletest.Write(t, "", logfiletest.Lines(0, 2)), logfiletest.Write(t, "", logfiletest.Lines(2, 3))
	torn := logfiletest.Zipped(t, logfiletest.Lines(5, 6))
	for odd, want := range map[string]string{
		"what\nis this\n":             "the first lines of ODD",
		"\xfd7zXZ\x00torn":            "reading ODD: it is compressed with xz, which is not read here",
		torn[:len(torn)-4]:            "reading ODD: unexpected EOF",
		"\x1f\x8btorn":                "reading ODD: ",
		"\x28\xb5\x2f\xfdtorn":        "reading ODD: ",
		"BZhtorn":                     "reading ODD: ",
		"localhost - " + head("anna"): "no line of ODD could be read",
	} {
		path := logfiletest.Write(t, "", odd)
		s := newMemory()
		out, printed, err := importing(t, s, Importer{}, good, path, path+".missing", last)
		if err == nil || err.Error() != "2 of 4 files could not be imported: "+path+", "+path+".missing" {
			t.Errorf("%q: error %v", odd, err)
		}
		if !strings.Contains(strings.ReplaceAll(printed, path, "ODD"), want) || !strings.Contains(printed, "opening a log: open "+path+".missing") {
			t.Errorf("%q: %s", odd, printed)
		}
		if !strings.Contains(out, "imported 2 requests from "+good+"\n") || !strings.Contains(out, "imported 1 request from "+last+"\n") {
			t.Errorf("%q: %s", odd, out)
		}
		if s.seals != 1 {
			t.Errorf("%q: sealed %d times", odd, s.seals)
		}
	}
}

// head is a combined line of a user from the ident on.
func head(user string) string {
	return user + ` [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "-"` + "\n"
}

// A store that cannot be written to ends the command, as the next log could not be
// stored either.
func TestStoreErrorsStopAll(t *testing.T) {
	s := newMemory()
	s.refuse = 0
	good, last := logfiletest.Write(t, "", logfiletest.Lines(0, 2)), logfiletest.Write(t, "", logfiletest.Lines(2, 3))
	if out, _, err := importing(t, s, Importer{}, good, last); !errors.Is(err, errRefused) || out != "" || s.seals != 0 {
		t.Errorf("%q %v", out, err)
	}
}

// Every compression and every kind of line end is the same log.
func TestTheSameLogInOtherClothes(t *testing.T) {
	text := logfiletest.Lines(0, 3000)
	first, second := logfiletest.Bzip2()
	cr := strings.ReplaceAll(text, "\n", "\r")
	for name, log := range map[string]string{
		"gzip": logfiletest.Zipped(t, text), "zstd": logfiletest.Zstd(t, text), "bzip2": first + second,
		"two frames of zstd": logfiletest.Zstd(t, text[:1000]) + logfiletest.Zstd(t, text[1000:]),
		"byte order mark":    "\xef\xbb\xbf" + text,
		"zeros":              strings.Repeat("\x00", 3<<20) + text,
		"zeros in gzip":      logfiletest.Zipped(t, strings.Repeat("\x00", 3<<20)+text),
	} {
		s := newMemory()
		mustImport(t, s, "imported 3,000 requests from FILE", logfiletest.Write(t, "", text))
		mustImport(t, s, "FILE is imported already; nothing was added", logfiletest.Write(t, "", log))
		s.once(t, 3000)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	for name, log := range map[string]string{"CR": cr, "CR without the last": strings.TrimSuffix(cr, "\r"), "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "zeros within": text[:len(logfiletest.Lines(0, 10))] + strings.Repeat("\x00", 3<<20) + text[len(logfiletest.Lines(0, 10)):]} {
		s := newMemory()
		mustImport(t, s, "imported 3,000 requests from FILE", logfiletest.Write(t, "", log))
		s.once(t, 3000)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// A log of carriage returns that grows goes on where it was.
func TestAGrownLogOfCarriageReturns(t *testing.T) {
	s, log := newMemory(), logfiletest.Write(t, "", "")
	for _, n := range []int{2, 3, 100} {
		if _, unreadable, err := importing(t, s, Importer{}, logfiletest.Write(t, log, strings.ReplaceAll(logfiletest.Lines(0, n), "\n", "\r"))); err != nil || unreadable != "" {
			t.Fatalf("%s %v", unreadable, err)
		}
		s.once(t, n)
	}
}

// The summary says what the server will delete, and what has no address.
func TestSummary(t *testing.T) {
	s, log := newMemory(), logfiletest.Write(t, "", strings.Replace(logfiletest.Lines(0, 1500), "203.0.113.7", "unix:", 1))
	im := Importer{Expiry: Expiry{Before: time.Unix(1431857100+1200, 0), Says: "old."}}
	out, _, err := importing(t, s, im, log)
	if want := "imported 1,500 requests from " + log + " (1 request has no address)\n1,200 of 1,500 requests are old.\n"; out != want || err != nil {
		t.Errorf("%s %v", out, err)
	}
	im.Again, im.Expiry.Before = true, time.Unix(1431857100, 0)
	if out, _, err := importing(t, s, im, log); strings.Contains(out, "old") || err != nil {
		t.Errorf("%s %v", out, err)
	}
}
