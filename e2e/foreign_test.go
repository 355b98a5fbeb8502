//go:build foreign

package e2e

import (
	"os"
	"testing"

	"github.com/gatebook/gatebook/bench/corpus"
)

// foreignLog returns where a real log of 10,000 lines is, and its text.
func foreignLog(t *testing.T) (path string, text []byte) {
	t.Helper()
	path, err := corpus.Foreign("access", "apache_logs")
	if err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, text
}

func TestForeignLogThroughTheGateMakesTheSameLog(t *testing.T) {
	_, text := foreignLog(t)
	lines := readLog(t, text)
	if len(lines) != 10_000 {
		t.Fatalf("the real log has %d lines, want 10000", len(lines))
	}
	checkSameLog(t, lines)
}

func TestForeignLogIsImported(t *testing.T) {
	path, text := foreignLog(t)
	checkImport(t, path, text, "10,000")
}
