package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// raceDetector can be turned off: it costs several times the CPU, so figures are
// taken without it.
var raceDetector = flag.Bool("gate.race", true, "build the gate with the race detector")

// programDir is the directory of the built programs. Users other than the test's
// can reach it.
var programDir string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "gatebook-e2e-")
		if err == nil {
			err = os.Chmod(dir, 0o755)
		}
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		programDir = dir
		return m.Run()
	}())
}

// gateProgram returns the path of gatebook with the race detector, which the
// gates run. The first test that needs it builds it.
func gateProgram(t *testing.T) string {
	t.Helper()
	return mustBuild(t, buildGate)
}

// commandProgram returns the path of gatebook without the race detector, for
// commands. They start hundreds of times, and package cli is tested with it.
func commandProgram(t *testing.T) string {
	t.Helper()
	return mustBuild(t, buildCommands)
}

var (
	buildGate = sync.OnceValues(func() (string, error) {
		if !*raceDetector {
			return buildCommands()
		}
		return buildProgram("gate", "-race")
	})
	buildCommands = sync.OnceValues(func() (string, error) { return buildProgram("commands") })
)

func buildProgram(name string, flags ...string) (path string, err error) {
	path = filepath.Join(programDir, name, "gatebook")
	args := append([]string{"build", "-tags", "nobadger,nomysql,nopgx", "-o", path}, flags...)
	if out, err := exec.Command("go", append(args, "../cmd/gatebook")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program under test: %w\n%s", err, out)
	}
	return path, nil
}

func mustBuild(t *testing.T, build func() (string, error)) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
