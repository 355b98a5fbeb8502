package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Checking settings reads no files. The files are read, with errors that name them
// and the line, when an instance is configured.
func TestPatternFilesAreReadOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "patterns.txt")
	settings := func() Settings {
		return Settings{Abuse: &AbuseSettings{Patterns: map[string]string{"http-cve-probing": file}}}
	}
	configure := func() (*instance, error) {
		s := settings()
		if err := s.Abuse.Check(); err != nil {
			t.Errorf("checking reads the file: %v", err)
		}
		in := newInstance("acme", t.TempDir(), nil)
		return in, in.configure("a server", s)
	}
	if _, err := configure(); err == nil || !strings.Contains(err.Error(), `instance "acme": abuse: patterns http-cve-probing: open `+file) {
		t.Errorf("without the file: %v", err)
	}
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("/fine/\nx\n")
	if _, err := configure(); err == nil || !strings.Contains(err.Error(), file+`: line 2: pattern "x" must have 2 to 256 bytes`) {
		t.Errorf("with a wrong line: %v", err)
	}
	write("/fine/\n")
	in, err := configure()
	if err != nil || len(in.detector.Patterns["http-cve-probing"]) != 1 {
		t.Fatalf("%v: %+v", err, in.detector)
	}
	// Another place that declares the instance agrees, and reads nothing.
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := in.configure("another server", settings()); err != nil {
		t.Error(err)
	}
}

func TestPatternsOfOtherRules(t *testing.T) {
	for rule, want := range map[string]string{"http-cve": "is unknown; there are: http-probing", "rate": "has no patterns to add to"} {
		s := AbuseSettings{Patterns: map[string]string{rule: "no-such-file"}}
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}
