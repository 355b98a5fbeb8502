package detection

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

func TestStore(t *testing.T) {
	f := newFixture(t)
	f.scan(scanner)
	f.mustStore()
	flag := f.stored(address(scanner))
	if flag.State != record.FlagBanned || flag.Country != "NL" || flag.ASN != 64500 || flag.Changed.IsZero() || len(flag.Evidence) == 0 {
		t.Errorf("%+v", flag)
	}
	if want := []string{"banned " + address(scanner).Value}; !slices.Equal(f.events(), want) {
		t.Errorf("emitted %v, want %v", f.events(), want)
	}
	f.scan(scanner)
	f.mustStore()
	if len(f.events()) != 1 {
		t.Errorf("the same state was emitted again: %v", f.events())
	}
}

// What cannot be stored holds, and is stored and emitted by a later call.
func TestStoreFails(t *testing.T) {
	f := newFixture(t)
	full := errors.New("the disk is full")
	f.scan(scanner)
	f.failWith(full)
	if err := f.Store(context.Background()); !errors.Is(err, full) {
		t.Fatalf("got %v", err)
	}
	if f.verdict(scanner) != record.VerdictBan || len(f.events()) != 0 {
		t.Errorf("%s, emitted %v", f.verdict(scanner), f.events())
	}
	f.failWith(nil)
	f.mustStore()
	if f.stored(address(scanner)).State != record.FlagBanned || len(f.events()) != 1 {
		t.Errorf("emitted %v", f.events())
	}
}

// A flag that the detector has forgotten is completed by what is stored of it.
func TestStoreMergesWithStoredFlag(t *testing.T) {
	f := newFixture(t)
	f.failWith(errors.New("not open yet"))
	f.restart() // without what is stored
	f.failWith(nil)
	old := record.Flag{
		ID: "", Subject: address(scanner), State: record.FlagObserved, Review: record.ReviewNew,
		Notes: []record.Note{{By: "sec", Text: "seen before"}},
	}
	f.scan(scanner)
	old.ID = flagID(t, f)
	if err := f.log.PutFlags(context.Background(), old); err != nil {
		t.Fatal(err)
	}
	f.mustStore()
	flag := f.stored(address(scanner))
	if flag.State != record.FlagBanned || len(flag.Notes) != 1 || len(flag.Evidence) == 0 {
		t.Errorf("%+v", flag)
	}
}

// flagID returns the id of the scanner's flag.
func flagID(t *testing.T, f *fixture) string {
	t.Helper()
	flag, known := f.Active().Flag(address(scanner))
	if !known {
		t.Fatal("the scanner has no flag")
	}
	return flag.ID
}

// A flag names the logins from its address.
func TestFlagHasLogins(t *testing.T) {
	f := newFixture(t)
	f.logins.add(scanner, 17)
	f.logins.add(office, 18)
	f.scan(scanner)
	f.mustStore()
	if got := f.stored(address(scanner)).LoginSeqs; !slices.Equal(got, []uint64{17}) {
		t.Errorf("got %v", got)
	}
}

func TestForget(t *testing.T) {
	f := newFixture(t)
	f.scan(scanner)
	f.decide(account("ann"), record.DecideConfirm)
	f.mustStore()
	isAccount := func(f *record.Flag) bool { return f.Subject.Kind == record.AccountSubject }
	if err := f.Forget(context.Background(), isAccount); err != nil {
		t.Fatal(err)
	}
	if _, known := f.Active().Flag(account("ann")); known {
		t.Error("the detector still has the flag")
	}
	if stored, err := storedFlag(context.Background(), f.log, abuse.FlagID(account("ann"))); err != nil || stored != nil {
		t.Errorf("the log still has the flag: %v, %v", stored, err)
	}
	if f.stored(address(scanner)).State != record.FlagBanned {
		t.Error("another flag was changed")
	}
}

// Flags that the retention deleted are not stored again with their history.
func TestForgetDeleted(t *testing.T) {
	f := newFixture(t)
	f.decide(address(scanner), record.DecideConfirm)
	f.mustStore()
	if err := f.log.DropFlags(context.Background(), func(*record.Flag) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if err := f.ForgetDeleted(context.Background()); err != nil {
		t.Fatal(err)
	}
	f.scan(scanner)
	f.mustStore()
	if flag := f.stored(address(scanner)); len(flag.Decisions) != 0 {
		t.Errorf("%+v", flag)
	}
}
