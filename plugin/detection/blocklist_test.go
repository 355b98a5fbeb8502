package detection

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/abuse/blocklist"
	"github.com/gatebook/gatebook/record"
)

// Block lists are read again when they change. Errors are logged once, and when they
// are gone; meanwhile the last good state is in use.
func TestBlockListsAreReloaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drop.txt")
	at := time.Unix(1_700_000_000, 0)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Second)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	write("198.51.100.66\n")
	list, err := blocklist.Open([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	var log bytes.Buffer
	f.options.Log = slog.New(slog.NewTextHandler(&log, nil))
	if err := f.Configure(Settings{Config: abuse.Config{Enforce: true, Blocklists: []abuse.Blocklist{{List: list, Action: abuse.Block}}}}); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go f.reloadLists(ctx)
		for _, step := range []struct {
			text, logs  string
			times       int
			whom, other record.Verdict
		}{
			{"203.0.113.5\n", "a changed block list is in use", 1, record.VerdictPass, record.VerdictBan},
			{"x\n", "a block list has errors", 1, record.VerdictPass, record.VerdictBan},
			{"y\n", "a block list has errors", 2, record.VerdictPass, record.VerdictBan},
			{"198.51.100.66\n", "the block list is good again", 1, record.VerdictBan, record.VerdictPass},
			{"x\n", "a block list has errors", 3, record.VerdictBan, record.VerdictPass},
		} {
			write(step.text)
			time.Sleep(3 * reloadEvery)
			synctest.Wait()
			if n := strings.Count(log.String(), step.logs); n != step.times {
				t.Errorf("after %q %q was logged %d times, want %d:\n%s", step.text, step.logs, n, step.times, log.String())
			}
			if f.verdict(scanner) != step.whom || f.verdict(office) != step.other {
				t.Errorf("after %q: %s, %s", step.text, f.verdict(scanner), f.verdict(office))
			}
		}
		cancel()
		synctest.Wait()
	})
	for _, part := range []string{path, "line 1", "x", "its earlier 1 prefixes stay in use"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not name %q:\n%s", part, log.String())
		}
	}
}
