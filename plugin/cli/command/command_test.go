package command

import (
	"errors"
	"os"
	"testing"

	"github.com/spf13/cobra"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 entries", 1: "1 entry", 2: "2 entries", 1203: "1,203 entries"} {
		if got := Count(n, "entry", "entries"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestErrors checks that each error is one line, and that wrong usage has an exit code
// of its own.
func TestErrors(t *testing.T) {
	broken := errors.New("it is broken")
	for _, c := range []struct {
		args  []string
		err   error
		usage bool
		want  string
	}{
		{nil, nil, false, ""},
		{nil, broken, false, "gatebook: it is broken\n"},
		{nil, Usage(broken), true, "gatebook: it is broken\n"},
		{nil, Usagef("--port %d is too high", 99), true, "gatebook: --port 99 is too high\n"},
		{[]string{"x"}, nil, true, "gatebook: unknown argument \"x\"; see test --help\n"},
		{[]string{"--nonsense"}, nil, true, "gatebook: unknown flag: --nonsense; see test --help\n"},
	} {
		cmd := &cobra.Command{Use: "test"}
		Set(cmd, func(*cobra.Command) error { return c.err })
		cmd.SetArgs(c.args)
		printed, err := stderr(t, cmd.Execute)
		if printed != c.want {
			t.Errorf("%q %v: %q, want %q", c.args, c.err, printed, c.want)
		}
		if usage := err != nil && !errors.Is(err, broken); usage != c.usage || (err != nil) != (c.want != "") {
			t.Errorf("%q %v: returned %v", c.args, c.err, err)
		}
	}
}

// stderr returns what f prints to standard error, and its error.
func stderr(t *testing.T, f func() error) (string, error) {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	before := os.Stderr
	os.Stderr = file
	err = f()
	os.Stderr = before
	text, readErr := os.ReadFile(file.Name())
	if readErr != nil {
		t.Fatal(readErr)
	}
	return string(text), err
}
