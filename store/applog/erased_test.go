package applog

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/ledger"
	"github.com/gatebook/gatebook/store/storetest"
)

// filesWith lists the files under dir that hold a text.
func filesWith(t *testing.T, dir, text string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return ignoreMissing(err)
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(text)) {
			list = append(list, path)
		}
		return ignoreMissing(err)
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// ignoreMissing passes over files that are deleted meanwhile.
func ignoreMissing(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// secretEvent names somebody whose names are in no other event.
func secretEvent(secret string) record.Event {
	e := storetest.BookingEvent(1)
	e.ID = "secret-" + secret
	e.Initiator = &record.Initiator{ID: "id-" + secret, Name: "name-" + secret, Email: "mail-" + secret}
	e.Text, e.Impersonal = "text-"+secret, nil
	return e
}

// What is erased or anonymized is in no file any more, of the journal either, though
// others append meanwhile, and although it was not even applied when it was asked for.
func TestErasedIsInNoFile(t *testing.T) {
	for name, remove := range map[string]func(a *Log, e *record.Event) error{
		"erased": func(a *Log, e *record.Event) error {
			return a.Forget(context.Background(), []ledger.Erasure{{Seq: e.Seq, Check: ledger.Check(e)}})
		},
		"anonymized": func(a *Log, _ *record.Event) error {
			s := record.LogSettings{RetentionDays: 100_000, AnonymizeAfterDays: map[string]int{"secret": 1}}
			_, err := a.Retain(context.Background(), NewExpiry(s, time.Now()))
			return err
		},
		"deleted": func(a *Log, _ *record.Event) error {
			s := record.LogSettings{RetentionDays: 100_000, RetentionDaysByCategory: map[string]int{"secret": 1}}
			_, err := a.Retain(context.Background(), NewExpiry(s, time.Now()))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			a, err := newAppLog(dir, Options{Ledger: ledger.Ledger{Path: filepath.Join(t.TempDir(), "acme.ledger")}})
			if err != nil {
				t.Fatal(err)
			}
			a.backlog.maxKept = 100_000
			a.start()
			ctx, stop := context.WithCancel(context.Background())
			var writers sync.WaitGroup
			for w := range 4 {
				writers.Go(func() {
					for n := 0; ctx.Err() == nil; n++ {
						e := storetest.BookingEvent(n)
						e.ID = fmt.Sprintf("other-%d-%d", w, n)
						if err := a.Append(context.Background(), e); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			for round := range 3 {
				secret := fmt.Sprintf("%s-%d-Q7xW9z", name, round)
				e := secretEvent(secret)
				e.Category, e.Time, e.Until = "secret", time.Now().AddDate(0, 0, -3), time.Time{}
				e.Seq = mustAppend(t, a, e)[0].Seq
				if len(filesWith(t, dir, secret)) == 0 {
					t.Error("it was in no file before")
				}
				stored, err := a.Event(context.Background(), e.Seq)
				if err != nil {
					t.Fatal(err)
				}
				if err := remove(a, &stored); err != nil {
					t.Fatal(err)
				}
				for _, text := range []string{"id-" + secret, "name-" + secret, "mail-" + secret, "text-" + secret} {
					if files := filesWith(t, dir, text); len(files) > 0 {
						t.Errorf("round %d: %s is in %v", round, text, files)
					}
				}
			}
			stop()
			writers.Wait()
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"id-", "name-", "mail-", "text-"} {
				if files := filesWith(t, dir, text+name); len(files) > 0 {
					t.Errorf("closed: %s is in %v", text, files)
				}
			}
		})
	}
}
