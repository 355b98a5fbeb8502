package serverlog

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Environment of the process that is to be killed.
const (
	crashDirectory = "GATEBOOK_TEST_CRASH_DIRECTORY"
	crashRound     = "GATEBOOK_TEST_CRASH_ROUND"
)

// crashRequest is request n of one life of the process.
func crashRequest(round string, n int) *record.Request {
	r := numbered(n)
	r.RequestID = round + "-" + strconv.Itoa(n)
	noise := make([]byte, 500) // does not compress, so that memtables fill up
	rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)}).Read(noise)
	r.UserAgent = string(noise)
	if n%7 == 0 {
		r.Time = r.Time.Add(-time.Duration(n) * time.Hour) // late
	}
	return r
}

// crashee records without end and prints how many requests are written.
func crashee(dir, round string) error {
	l, err := Open(dir, Options{FlushEvery: time.Millisecond})
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		if n%50 == 49 {
			if err := l.Flush(context.Background()); err != nil {
				return err
			}
			fmt.Println("written", n)
		}
		l.Record(crashRequest(round, n))
	}
}

// crash runs the crashee, kills it in the middle of its work, and returns how
// many requests it said were written.
func crash(t *testing.T, dir, round string) (written int) {
	t.Helper()
	// In a long run they fill more than one of Badger's memtables.
	enough := testrun.Rounds(3000, 12_000)
	child := exec.Command(os.Args[0], "-test.run=^TestKill9LosesNothingWritten$")
	child.Env = append(os.Environ(), crashDirectory+"="+dir, crashRound+"="+round)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "written %d", &written); err != nil {
			t.Errorf("the process says: %s", lines.Text())
		} else if written > enough {
			child.Process.Kill() // and read what it still had said
		}
	}
	if err := child.Wait(); err == nil || written <= enough {
		t.Fatalf("the process was not killed: %v after %d requests", err, written)
	}
	return written
}

func TestKill9LosesNothingWritten(t *testing.T) {
	if dir := os.Getenv(crashDirectory); dir != "" {
		t.Fatal(crashee(dir, os.Getenv(crashRound)))
	}
	dir := t.TempDir()
	written := map[string]int{}
	for _, round := range []string{"a", "b", "c"}[:testrun.Rounds(2, 3)] {
		written[round] = crash(t, dir, round)
		l, err := Open(dir, Options{FlushEvery: quiet})
		if err != nil {
			t.Fatalf("after kill -9: %v", err)
		}
		there := map[string]bool{}
		for _, id := range list(t, l, query.Requests{Limit: query.MaxLimit}) {
			if there[id] {
				t.Fatalf("request %s is there twice", id)
			}
			there[id] = true
		}
		for life, n := range written {
			for i := range n {
				if id := crashRequest(life, i).RequestID; !there[id] {
					t.Fatalf("request %s of %d is lost", id, n)
				}
			}
		}
		if h := l.Health(); h.State != record.StateOK || h.Damaged != 0 || h.Entries != uint64(len(there)) {
			t.Errorf("%d requests: health %+v", len(there), h)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
