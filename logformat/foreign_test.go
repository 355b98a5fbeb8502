//go:build foreign

package logformat

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gatebook/gatebook/bench/corpus"
)

// A real server's log of 10,000 lines comes back byte for byte, except for two:
// one ends within the user agent, and gets the closing quote that it lacks; one
// has a question mark without a query, and loses it.
func TestForeignLogComesBack(t *testing.T) {
	const bareQuestionMark, truncated = 5373, 8899
	path, err := corpus.Foreign("access", "apache_logs")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		n++
		want := bytes.Clone(lines.Bytes())
		switch n {
		case bareQuestionMark:
			want = bytes.Replace(want, []byte("? HTTP/1.1"), []byte(" HTTP/1.1"), 1)
		case truncated:
			want = append(want, '"')
		}
		checkComesBack(t, n, lines.Bytes(), want)
	}
	if n != 10_000 {
		t.Errorf("the real log has %d lines", n)
	}
}

// Published logs of attacks are read as NDJSON.
func TestForeignAttackLogsParse(t *testing.T) {
	dir, err := corpus.Foreign("abuse")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the attack logs are missing: %v", err)
	}
	failed := 0
	for _, name := range files {
		all, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		failed += checkNDJSON(t, name, all)
	}
	if failed != 6 {
		t.Errorf("%d failed logins, want 6", failed)
	}
}
