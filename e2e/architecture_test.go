package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// minArchitectureRows is how many behaviours ARCHITECTURE.md must lead to.
const minArchitectureRows = 25

var (
	inBackticks = regexp.MustCompile("`([^`\n]+)`")
	goFile      = regexp.MustCompile(`^[a-z0-9_]+/[a-z0-9_/]+\.go$`)
)

// TestArchitectureTable checks the table in ARCHITECTURE.md that leads from a
// behaviour to files: each row names at least one, and all exist.
func TestArchitectureTable(t *testing.T) {
	before, table, found := strings.Cut(architecture(t), "\n| I want to change … | look in … |\n|---|---|\n")
	if !found {
		t.Fatal("no table begins with: | I want to change … | look in … |")
	}
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		if len(cells) != 2 {
			t.Errorf("a row has %d cells, want 2: %s", len(cells), line)
			continue
		}
		behaviour, files := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1])
		if strings.HasPrefix(behaviour, "**") && files == "" {
			continue // a heading
		}
		rows++
		paths := pathsIn(files)
		if len(paths) == 0 {
			t.Errorf("%q leads to no file", behaviour)
		}
		for _, path := range paths {
			checkExists(t, behaviour, path)
		}
	}
	if rows < minArchitectureRows {
		t.Errorf("the table has %d rows, want at least %d", rows, minArchitectureRows)
	}
	for _, path := range pathsIn(before) {
		if goFile.MatchString(path) {
			checkExists(t, "the text above the table", path)
		}
	}
}

// architecture is the text of ARCHITECTURE.md. The table is the end of it.
func architecture(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pathsIn returns what stands in backticks.
func pathsIn(text string) (paths []string) {
	for _, match := range inBackticks.FindAllStringSubmatch(text, -1) {
		paths = append(paths, match[1])
	}
	return paths
}

func checkExists(t *testing.T, where, path string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(path))); err != nil {
		t.Errorf("%s: ARCHITECTURE.md names a file that is missing: %v", where, err)
	}
}
