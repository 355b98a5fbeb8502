package applog

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/storetest"
)

// killDirEnv tells a child of TestAppLogSurvivesKill which directory is its
// own, and killRunEnv which of its runs it is.
const (
	killDirEnv = "GATEBOOK_TEST_KILL_DIR"
	killRunEnv = "GATEBOOK_TEST_KILL_RUN"
)

// TestAppLogSurvivesKill kills a process that appends, at random moments: what
// it was told is stored must be there, once.
func TestAppLogSurvivesKill(t *testing.T) {
	if dir := os.Getenv(killDirEnv); dir != "" {
		appendUntilKilled(t, dir, os.Getenv(killRunEnv))
		return
	}
	dir, random := t.TempDir(), testrun.Rand(t)
	acknowledged := map[string]bool{}
	for run := range testrun.Rounds(3, 10) {
		for _, id := range runAndKill(t, dir, run, 50+random.IntN(300)) {
			acknowledged[id] = true
		}
	}

	a := openTestLog(t, dir, Options{})
	stored := map[string]int{}
	for q := (query.Events{Limit: query.MaxLimit}); ; {
		page, next, err := a.Events(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			stored[e.ID]++
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	for id := range acknowledged {
		if stored[id] == 0 {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
	for id, n := range stored {
		if n != 1 {
			t.Errorf("%s is there %d times", id, n)
		}
	}
	if n := a.Health().Entries; n != uint64(len(stored)) {
		t.Errorf("%d entries counted, %d stored", n, len(stored))
	}
	t.Logf("%d acknowledged, %d stored", len(acknowledged), len(stored))
}

// runAndKill starts a child on dir, kills it when it has acknowledged some
// events, and returns all that it acknowledged.
func runAndKill(t *testing.T, dir string, run, some int) (ids []string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestAppLogSurvivesKill$")
	child.Env = append(os.Environ(), killDirEnv+"="+dir, fmt.Sprintf("%s=%d", killRunEnv, run))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		ids = append(ids, lines.Text())
		if len(ids) == some {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || len(ids) < some {
		t.Fatalf("run %d ended by itself after %d events: %v", run, len(ids), err)
	}
	return ids
}

// appendUntilKilled prints the id of each event that is stored. Every second
// one has been told by the run before.
func appendUntilKilled(t *testing.T, dir, run string) {
	a, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var number int
	if _, err := fmt.Sscan(run, &number); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for n := 0; ; n++ {
				e := storetest.BookingEvent(n)
				e.ID = fmt.Sprintf("run-%d-%d-%d", number-n%2, w, n)
				if err := a.Append(context.Background(), e); err != nil {
					t.Error(err)
					return
				}
				// One write system call a line: a kill does not tear it.
				if _, err := os.Stdout.WriteString(e.ID + "\n"); err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}
