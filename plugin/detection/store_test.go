package detection

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/abuse/learned"
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

// What was learned has its seed with it, also where nobody ever logs in: after a restart
// the hashes are the same.
func TestLearnedHasItsSeed(t *testing.T) {
	f := newFixture(t)
	teach := func(path string) {
		if err := f.Active().Correct(learned.Own, path, true, "sec", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	teach("GET /reports/yearly")
	f.mustStore()
	seed := f.Active().Seed()
	if stored, err := f.log.Seed(); err != nil || stored != seed {
		t.Fatalf("stored seed %d, want %d; %v", stored, seed, err)
	}
	if f.restart(); f.Active().Seed() != seed {
		t.Error("another seed after a restart")
	}
	if list, _ := f.Active().Learned(learned.Own, "yearly", 10); len(list) != 1 {
		t.Errorf("after a restart there is %+v", list)
	}
	// A detector that began before the log was open has another seed, and must not
	// replace the one of what is stored.
	f.failWith(errors.New("not open yet"))
	f.restart()
	teach("GET /reports/monthly")
	f.failWith(nil)
	if err := f.LogOpened(); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"yearly", "monthly"} {
		if list, _ := f.Active().Learned(learned.Own, text, 10); len(list) != 1 {
			t.Errorf("%s: there is %+v", text, list)
		}
	}
	if stored, err := f.log.Seed(); err != nil || stored != seed || f.Active().Seed() != seed {
		t.Errorf("seed %d of the log, %d of the detector, want %d; %v", stored, f.Active().Seed(), seed, err)
	}
}
