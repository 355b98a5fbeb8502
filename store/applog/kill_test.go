package applog

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/storetest"
)

// Environment of a child of [TestAppLogSurvivesKill]: its directory, which of its runs
// it is, and the point at which it kills itself, with the number of times that it comes
// there before.
const (
	killDirEnv   = "GATEBOOK_TEST_KILL_DIR"
	killRunEnv   = "GATEBOOK_TEST_KILL_RUN"
	killPointEnv = "GATEBOOK_TEST_KILL_POINT"
)

// killPoints are the points around each step by which an event gets from the journal
// into the database, and out of the journal.
var killPoints = []string{
	"before append", "after append", "before apply", "after apply", "before sync", "after sync", "before trim", "after trim",
}

// TestAppLogSurvivesKill kills a process that appends and erases, at random moments
// and at each point between append, apply and trim. What it was told is stored must
// be there, once and with its number, and what was erased must stay so.
func TestAppLogSurvivesKill(t *testing.T) {
	if dir := os.Getenv(killDirEnv); dir != "" {
		appendUntilKilled(t, dir)
		return
	}
	killMany(t, testrun.Rounds(40, 200))
}

func killMany(t *testing.T, kills int) {
	k := killBench{T: t, dir: t.TempDir(), random: testrun.Rand(t), stored: map[string]uint64{}, erased: map[uint64]bool{}}
	for run := range kills {
		k.runAndKill(run)
		if run%10 == 9 && run < 100 || run%100 == 99 || run == kills-1 {
			k.check()
		}
	}
	t.Logf("%d acknowledged, %d erased; died by itself: %v", len(k.stored), len(k.erased), k.died)
}

// killBench is what the children acknowledged.
type killBench struct {
	*testing.T
	dir    string
	random *rand.Rand
	stored map[string]uint64
	erased map[uint64]bool
	died   map[string]int
}

// runAndKill starts a child, which kills itself at a point, or is killed when it has
// acknowledged some events.
func (k *killBench) runAndKill(run int) {
	k.Helper()
	point, some := "none 0", 20+k.random.IntN(150)
	if k.random.IntN(4) > 0 {
		point = fmt.Sprintf("%s %d", killPoints[k.random.IntN(len(killPoints))], k.random.IntN(6))
		some += 300
	}
	child := exec.Command(os.Args[0], "-test.run=^TestAppLogSurvivesKill$")
	child.Env = append(os.Environ(), killDirEnv+"="+k.dir, fmt.Sprintf("%s=%d", killRunEnv, run), killPointEnv+"="+point)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		k.Fatal(err)
	}
	if err := child.Start(); err != nil {
		k.Fatal(err)
	}
	n, killed := 0, false
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		k.acknowledged(lines.Text())
		if n++; n == some {
			killed = true
			if err := child.Process.Kill(); err != nil {
				k.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		k.Fatalf("run %d ended by itself after %d lines: %v", run, n, err)
	}
	if !killed {
		if k.died == nil {
			k.died = map[string]int{}
		}
		k.died[point[:len(point)-2]]++
	}
}

func (k *killBench) acknowledged(line string) {
	k.Helper()
	var id string
	var seq uint64
	if _, err := fmt.Sscanf(line, "stored %s %d", &id, &seq); err == nil {
		if before, ok := k.stored[id]; ok && before != seq {
			k.Errorf("%s is number %d, and was %d", id, seq, before)
		}
		k.stored[id] = seq
		return
	}
	if _, err := fmt.Sscanf(line, "erased %d", &seq); err != nil {
		k.Fatalf("a child says %q", line)
	}
	k.erased[seq] = true
}

// check opens the log and compares it with what was acknowledged.
func (k *killBench) check() {
	k.Helper()
	a, err := Open(k.dir, Options{})
	if err != nil {
		k.Fatal(err)
	}
	ids := map[string]int{}
	anonymized := map[uint64]bool{}
	for _, e := range listAll(k.T, a, query.Events{}) {
		ids[e.ID]++
		if e.Anonymized {
			anonymized[e.Seq] = true
		}
		if seq, ok := k.stored[e.ID]; ok && seq != e.Seq {
			k.Errorf("%s is number %d, and was %d", e.ID, e.Seq, seq)
		}
	}
	for id := range k.stored {
		if ids[id] != 1 {
			k.Errorf("%s was acknowledged and is there %d times", id, ids[id])
		}
	}
	for seq := range k.erased {
		if !anonymized[seq] {
			k.Errorf("event %d is there again", seq)
		}
	}
	h := a.Health()
	if h.Entries != uint64(len(ids)) || h.Damaged != 0 || h.Error != "" {
		k.Errorf("%d events; health %+v", len(ids), h)
	}
	if found, err := a.Check(context.Background()); err != nil || !found.Good() {
		k.Errorf("%+v, %v", found, err)
	}
	if err := a.Close(); err != nil {
		k.Fatal(err)
	}
	if files := journalFiles(k.T, k.dir); len(files) > 0 {
		k.Errorf("closed, the journal has %v", files)
	}
}

// killer kills the process when it comes to a point often enough.
type killer struct {
	mu    sync.Mutex
	point string
	left  int
}

func newKiller(t *testing.T) *killer {
	t.Helper()
	k := &killer{}
	step := ""
	if _, err := fmt.Sscan(os.Getenv(killPointEnv), &k.point, &step, &k.left); err == nil {
		k.point += " " + step
	}
	return k
}

func (k *killer) at(point string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if point != k.point {
		return
	}
	if k.left--; k.left < 0 {
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		if err != nil {
			panic(err)
		}
		select {} // with the mutex held, so that nothing goes on
	}
}

// around has the process die before or after a step.
func (k *killer) around(step string, do func() error) error {
	k.at("before " + step)
	err := do()
	k.at("after " + step)
	return err
}

// appendUntilKilled prints each event that is stored, with its number, and each that
// is erased. Every second one was appended by the run before.
func appendUntilKilled(t *testing.T, dir string) {
	k := newKiller(t)
	a, err := newAppLog(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	a.backlog.maxKept = 100_000 // some of it is read from the journal
	a.commit = func(do func() error) error { return k.around("append", do) }
	a.applyTxn = func(txn *badger.Txn) error { return k.around("apply", txn.Commit) }
	syncDB, trim := a.syncDB, a.trim
	a.syncDB = func() error { return k.around("sync", syncDB) }
	a.trim = func(last uint64) error { return k.around("trim", func() error { return trim(last) }) }
	a.start()

	var run int
	if _, err := fmt.Sscan(os.Getenv(killRunEnv), &run); err != nil {
		t.Fatal(err)
	}
	// One write system call a line: a kill does not tear it.
	say := func(format string, args ...any) { _, _ = io.WriteString(os.Stdout, fmt.Sprintf(format+"\n", args...)) }
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				e := storetest.BookingEvent(n)
				e.ID = fmt.Sprintf("run-%d-%d-%d", run-n%2, w, n)
				out, err := a.AppendEach(context.Background(), []record.Event{e})
				if err != nil {
					t.Error(err)
					return
				}
				say("stored %s %d", e.ID, out[0].Seq)
				if w == 0 && n%8 == 7 {
					if err := a.anonymizeEach(context.Background(), []codec.Position{codec.NewPosition(e.Time, out[0].Seq)}); err != nil {
						t.Error(err)
						return
					}
					say("erased %d", out[0].Seq)
				}
			}
		})
	}
	wg.Wait()
}
