package logs

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/retention"
)

// The first run comes by itself, with the settings of a configuration that has
// started; one that never does has nothing deleted.
func TestRetentionFollowsTheConfigurationInForce(t *testing.T) {
	l := openFilled(t, 0, 5, 40)
	failing := testConfig(1)
	l.Use(failing)
	l.worker.Load().notify()
	if _, err := l.Retain(context.Background(), false); err == nil || entries(l) != 3 {
		t.Fatalf("a run without a configuration: %v, %d requests", err, entries(l))
	}
	bringIntoForce(l, testConfig(30))
	eventually(t, "the oldest request is deleted", func() bool { return entries(l) == 2 && !l.Health().LastRetentionRun.IsZero() })

	l.Use(failing)
	if r, err := l.Retain(context.Background(), false); err != nil || r.Changed() {
		t.Errorf("settings that are not in force: %+v, %v", r, err)
	}
	l.Unuse(failing)

	// A reload changes the next run and does not cause one.
	bringIntoForce(l, testConfig(3))
	if r, err := l.Retain(context.Background(), true); err != nil || r.ServerLog.Deleted != 1 || entries(l) != 2 {
		t.Errorf("dry run after a reload: %+v, %v", r, err)
	}
	if r, err := l.Retain(context.Background(), false); err != nil || r.ServerLog.Deleted != 1 || entries(l) != 1 {
		t.Errorf("run after a reload: %+v, %v", r, err)
	}
}

func TestRetentionIsDueAnHourAfterTheLastRun(t *testing.T) {
	l := openFilled(t)
	l.worker.Load().close() // it could run in between
	now := time.Now()
	if got := l.untilRetention(time.Time{}, now); got != retentionEvery {
		t.Errorf("without a configuration in %v", got)
	}
	c := testConfig(30)
	c.inForce.Store(true) // without a run
	l.Use(c)
	if got := l.untilRetention(time.Time{}, now); got != 0 {
		t.Errorf("the first in %v", got)
	}
	if got := l.untilRetention(now.Add(-20*time.Minute), now); got != 40*time.Minute {
		t.Errorf("after one that failed in %v", got)
	}
	l.worker.Store(startRetentionWorker(l.retainWhenDue))
	if _, err := l.Retain(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	last := l.Health().LastRetentionRun
	for after, want := range map[time.Duration]time.Duration{
		20 * time.Minute: 40 * time.Minute,
		5 * time.Hour:    0,
		-9 * time.Hour:   time.Hour, // the clock was set back
	} {
		if got := l.untilRetention(time.Time{}, last.Add(after)); got != want {
			t.Errorf("%v after the last one: in %v, want %v", after, got, want)
		}
	}
}

// A last run that is yet to come, by a clock that was wrong, says nothing of what is
// due: the run that those who read wait for comes at once.
func TestRetentionIsMadeUpForAfterAClockThatWasWrong(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	s, err := store.Open(dir, store.Options{Now: func() time.Time { return time.Now().Add(9 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	never := func(string) time.Time { return time.Time{} }
	_, err = s.AppLog.Retain(context.Background(), applog.Expiry{DeleteBefore: never, AnonymizeBefore: never})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	l := openTest(t, dir)
	bringIntoForce(l, testConfig(30))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := l.Barrier.Wait(ctx); err != nil {
		t.Errorf("whoever reads: %v", err)
	}
}

// A backup that is restored loses again who was erased, from the disk too, and not
// only when the next hour is full.
func TestRestoredBackupLosesTheErasedFromTheDisk(t *testing.T) {
	dir, ctx := filepath.Join(t.TempDir(), "acme"), context.Background()
	open := func(do func(*applog.Log) error) {
		t.Helper()
		s, err := store.Open(dir, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(do(s.AppLog), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	never := func(string) time.Time { return time.Time{} }
	open(func(l *applog.Log) error {
		err := l.Append(ctx, record.Event{ID: "a", Category: "user", Text: "Zacharias", Initiator: &record.Initiator{ID: "u_17"}})
		_, ran := l.Retain(ctx, applog.Expiry{DeleteBefore: never, AnonymizeBefore: never})
		return errors.Join(err, ran)
	})
	backup := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	open(func(l *applog.Log) error {
		_, err := retention.ErasePerson(ctx, l, query.Person{IDs: []string{"u_17"}}, false)
		return err
	})
	if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(backup))); err != nil {
		t.Fatal(err)
	}
	l := openTest(t, dir)
	bringIntoForce(l, testConfig(30))
	eventually(t, "the name is gone from the disk", func() bool { return !holds(t, dir, "Zacharias") })
}

// holds reports whether a file in dir has text. A file may go meanwhile.
func holds(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var data []byte
			data, err = os.ReadFile(path)
			found = found || bytes.Contains(data, []byte(text))
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Runs take turns in the process, and closing the books ends the waiting.
func TestRetentionTakesTurns(t *testing.T) {
	l := openFilled(t, 40)
	retentionTurn <- struct{}{}
	bringIntoForce(l, testConfig(30)) // the run that is due waits for its turn
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Retain(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("asked meanwhile: %v", err)
	}
	if entries(l) != 1 {
		t.Error("two at once")
	}
	l.worker.Load().close()
	if _, err := l.Retain(context.Background(), false); !errors.Is(err, store.ErrClosed) {
		t.Errorf("asked after the end: %v", err)
	}
	<-retentionTurn
	l.worker.Store(startRetentionWorker(l.retainWhenDue)) // as when unclosed logs are reused
	eventually(t, "the run is made up for", func() bool { return entries(l) == 0 })
}
