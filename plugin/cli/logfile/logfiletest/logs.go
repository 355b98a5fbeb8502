// Package logfiletest makes logs for tests.
package logfiletest

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the streams of bzip2
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Lines returns the lines of a log in the combined format, for the paths from /first to
// before /last.
func Lines(first, last int) string {
	var b strings.Builder
	for i := first; i < last; i++ {
		at := time.Unix(1431857100+int64(i), 0).UTC().Format("02/Jan/2006:15:04:05 -0700")
		fmt.Fprintf(&b, "203.0.113.7 - - [%s] \"GET /%d HTTP/1.1\" 200 5 \"-\" \"curl/8.5.0\"\n", at, i)
	}
	return b.String()
}

// Write writes a log, to a new file if path is "".
func Write(t testing.TB, path, text string) string {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "access.log")
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Zipped returns text as a gzip member.
func Zipped(t testing.TB, text string) string {
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

// Zstd returns text as a frame of zstd.
func Zstd(t testing.TB, text string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

//go:embed testdata/lines-0-1500.bz2
var bzip2First string

//go:embed testdata/lines-1500-3000.bz2
var bzip2Second string

// Bzip2 returns two streams of bzip2 that hold Lines(0, 1500) and Lines(1500, 3000). The
// standard library reads this compression only.
func Bzip2() (first, second string) { return bzip2First, bzip2Second }
