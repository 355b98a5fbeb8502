package applog

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

var flagNoon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// testFlag is the n-th flag, which changed n minutes after noon.
func testFlag(n int) record.Flag {
	return record.Flag{
		ID: fmt.Sprintf("f%03d", n), Subject: record.FlagSubject{Kind: record.AddressSubject, Value: fmt.Sprintf("203.0.113.%d/32", n%256)},
		State: record.FlagObserved, Review: record.ReviewNew, Changed: flagNoon.Add(time.Duration(n) * time.Minute),
		Rules: []record.FlagRule{{Rule: "http-probing", Count: 11}},
	}
}

func mustPutFlags(t *testing.T, a *Log, flags ...record.Flag) {
	t.Helper()
	if err := a.PutFlags(context.Background(), flags...); err != nil {
		t.Fatal(err)
	}
}

func flagIDs(t *testing.T, a *Log, q query.Flags) (ids []string) {
	t.Helper()
	for {
		page, next, err := a.Flags(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page {
			ids = append(ids, f.ID)
		}
		if next == "" {
			return ids
		}
		q.Cursor = next
	}
}

// Flags come page by page, the one that changed last first, and are there after
// the log was opened again.
func TestFlagsAreListed(t *testing.T) {
	dir := t.TempDir()
	a := openTestLog(t, dir, Options{})
	var want []string
	for n := range 120 {
		mustPutFlags(t, a, testFlag(n))
		want = append(want, testFlag(n).ID)
	}
	slices.Reverse(want)
	if got := flagIDs(t, a, query.Flags{Limit: 7}); !slices.Equal(got, want) {
		t.Errorf("page by page: %v", got)
	}
	if got := flagIDs(t, a, query.Flags{Prefix: netip.MustParsePrefix("203.0.113.4/32")}); !slices.Equal(got, []string{"f004"}) {
		t.Errorf("of one address: %v", got)
	}
	if got := flagIDs(t, a, query.Flags{State: record.FlagBanned}); got != nil {
		t.Errorf("banned: %v", got)
	}
	var wrong *record.ParamError
	if _, _, err := a.Flags(context.Background(), query.Flags{Cursor: "x"}); !errors.As(err, &wrong) || wrong.Param != "cursor" {
		t.Errorf("a cursor that is none: %v", err)
	}
	if _, err := a.Flag(context.Background(), "nobody"); !errors.Is(err, record.ErrNotFound) {
		t.Errorf("a flag that is none: %v", err)
	}
}

// Evidence and logins are added to what is stored, and bounded.
func TestEvidenceIsAdded(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	f := testFlag(1)
	for n := range 30 {
		f.Evidence = []record.Evidence{{Request: record.Request{Path: fmt.Sprint(n)}}}
		f.LoginSeqs = []uint64{uint64(n), uint64(n + 1)}
		mustPutFlags(t, a, f)
	}
	f.Evidence, f.State = nil, record.FlagBanned
	mustPutFlags(t, a, f)
	got, err := a.Flag(context.Background(), f.ID)
	if err != nil || got.State != record.FlagBanned || len(got.Evidence) != maxFlagEvidence || got.Evidence[0].Path != "0" || len(got.LoginSeqs) != 31 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := a.EachFlag(context.Background(), func(f *record.Flag) error {
		if len(f.Evidence) > 0 {
			t.Error("a list has evidence")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// Flags go when nothing has happened for long, unless what was decided holds;
// evidence of closed cases loses the host of its addresses.
func TestFlagsAreRetained(t *testing.T) {
	now := flagNoon.AddDate(0, 0, 100)
	a := openTestLog(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	old, held, closed, open := testFlag(1), testFlag(2), testFlag(3), testFlag(4)
	held.State = record.FlagAllowed
	closed.State, closed.Changed = record.FlagCleared, now.AddDate(0, 0, -10)
	open.Changed = closed.Changed
	for _, f := range []*record.Flag{&closed, &open} {
		f.Evidence = []record.Evidence{{Request: record.Request{IP: netip.MustParseAddr("203.0.113.77")}}, {Request: record.Request{IP: netip.MustParseAddr("2001:db8:1:2::3")}}, {}}
	}
	mustPutFlags(t, a, old, held, closed, open)
	age, want := FlagExpiry{DeleteBefore: now.AddDate(0, 0, -90), ShortenBefore: now.AddDate(0, 0, -7)}, FlagsRetained{Deleted: 1, Shortened: 1}
	for _, dryRun := range []bool{true, false} {
		done, err := a.RetainFlags(context.Background(), age, dryRun)
		if err != nil || done != want {
			t.Errorf("dry run %v: %+v, %v", dryRun, done, err)
		}
	}
	if again, err := a.RetainFlags(context.Background(), age, false); err != nil || again != (FlagsRetained{}) {
		t.Errorf("done twice: %+v, %v", again, err)
	}
	if got := flagIDs(t, a, query.Flags{}); len(got) != 3 || slices.Contains(got, old.ID) {
		t.Errorf("left are %v", got)
	}
	for id, want := range map[string]string{
		closed.ID: "203.0.113.0 2001:db8:1:: invalid IP ", open.ID: "203.0.113.77 2001:db8:1:2::3 invalid IP ",
	} {
		f, err := a.Flag(context.Background(), id)
		got := ""
		for _, r := range f.Evidence {
			got += r.IP.String() + " "
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, %v", id, got, err)
		}
	}
	if err := a.DropFlags(context.Background(), func(f *record.Flag) bool { return f.ID == open.ID }); err != nil {
		t.Fatal(err)
	}
	if f, err := a.Flag(context.Background(), open.ID); !errors.Is(err, record.ErrNotFound) || len(f.Evidence) > 0 {
		t.Errorf("dropped: %+v, %v", f, err)
	}
}

// The same flags may be stored again: no request proves anything twice.
func TestEvidenceIsKeptOnce(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	f := testFlag(1)
	for n := range 3 {
		f.Evidence = append(f.Evidence, record.Evidence{Request: record.Request{Time: flagNoon.Add(time.Duration(n) * time.Second), Method: "GET", Path: "/.env"}})
		mustPutFlags(t, a, f)
	}
	if got, err := a.Flag(context.Background(), f.ID); err != nil || len(got.Evidence) != 3 {
		t.Errorf("%d requests, %v", len(got.Evidence), err)
	}
}

// However many flags are made between two runs of the retention, the disk keeps
// those that matter.
func TestFlagsAreBoundedAtOnce(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	kept := testFlag(0)
	kept.Decisions = []record.Decision{{Decision: record.DecideAllow, By: "sec", At: flagNoon}}
	mustPutFlags(t, a, kept)
	var many []record.Flag
	for n := 1; n <= maxFlags+maxFlags/4+100; n++ {
		f := testFlag(n)
		f.ID, f.State, f.Until = fmt.Sprintf("f%06d", n), record.FlagThrottled, time.Now().Add(time.Hour)
		many = append(many, f)
	}
	mustPutFlags(t, a, many...)
	n, found := 0, false
	err := a.EachFlag(context.Background(), func(f *record.Flag) error { n++; found = found || f.ID == kept.ID; return nil })
	if err != nil || n > maxFlags+200 || !found {
		t.Errorf("%d are kept of %d; the one that somebody looked at: %v; %v", n, len(many)+1, found, err)
	}
}

// Where a ban of the gate is over, what a person decided is shown.
func TestSettledFlags(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	f, now := testFlag(1), time.Now().UTC()
	f.State, f.Since, f.Until = record.FlagBanned, now.Add(-2*time.Hour), now.Add(-time.Hour)
	f.Decisions = []record.Decision{{Decision: record.DecideThrottle, By: "sec", At: now.Add(-3 * time.Hour)}}
	mustPutFlags(t, a, f)
	got, err := a.Flag(context.Background(), f.ID)
	if err != nil || got.State != record.FlagThrottled || !got.Until.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if ids := flagIDs(t, a, query.Flags{State: record.FlagThrottled}); len(ids) != 1 {
		t.Errorf("found by its state: %v", ids)
	}
}
