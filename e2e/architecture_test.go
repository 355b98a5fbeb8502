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
// behaviour to files, and ends the page: each row names a file, and all exist.
func TestArchitectureTable(t *testing.T) {
	_, table, found := strings.Cut(textOf(t, "ARCHITECTURE.md"), "\n| I want to change … | look in … |\n|---|---|\n")
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
}

// TestPagesForContributors checks that Go files which the pages name exist.
func TestPagesForContributors(t *testing.T) {
	for _, name := range []string{"ARCHITECTURE.md", "CONTRIBUTING.md"} {
		for _, path := range pathsIn(textOf(t, name)) {
			if goFile.MatchString(path) {
				checkExists(t, name, path)
			}
		}
	}
}

// textOf is the text of a page at the top of the repository.
func textOf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", name))
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
		t.Errorf("%s: a file is missing: %v", where, err)
	}
}
