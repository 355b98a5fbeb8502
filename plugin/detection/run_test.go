package detection

import (
	"errors"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// What was found until Close is stored, and holds after a restart.
func TestRestart(t *testing.T) {
	f := newFixture(t)
	f.Start()
	f.scan(scanner)
	f.decide(address(office), record.DecideBan)
	f.Close()
	f.restart()
	if f.verdict(scanner) != record.VerdictBan || f.verdict(office) != record.VerdictBan {
		t.Error("a ban was lost")
	}
	f.Start() // as when logs that could not be closed are used again
	f.Close()
}

// A change is stored without a call of Store.
func TestChangesAreStored(t *testing.T) {
	f := newFixture(t)
	f.Start()
	defer f.Close()
	f.scan(scanner)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for timeout := time.After(30 * time.Second); len(f.events()) == 0; {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatal("the flag was not stored")
		}
	}
	if f.stored(address(scanner)).State != record.FlagBanned {
		t.Error("the ban was not stored")
	}
}

// Where the log opens late, what it has counts from then on, together with what was
// found meanwhile.
func TestLogOpened(t *testing.T) {
	f := newFixture(t)
	f.decide(address(office), record.DecideBan)
	f.mustStore()
	f.failWith(errors.New("damaged"))
	f.restart()
	f.scan(scanner)
	if f.verdict(office) != record.VerdictPass {
		t.Error("the detector read a log that is not open")
	}
	f.failWith(nil)
	if err := f.LogOpened(); err != nil {
		t.Fatal(err)
	}
	if f.verdict(scanner) != record.VerdictBan || f.verdict(office) != record.VerdictBan {
		t.Errorf("the verdicts are %s and %s", f.verdict(scanner), f.verdict(office))
	}
	if f.stored(address(scanner)).State != record.FlagBanned {
		t.Error("what was found meanwhile is not stored")
	}
}

// A reload keeps bans and applies the new settings.
func TestConfigure(t *testing.T) {
	f := newFixture(t)
	f.scan(scanner)
	if err := f.Configure(Settings{Abort: true}); err != nil {
		t.Fatal(err)
	}
	if !f.Active().Abort || f.verdict(scanner) != record.VerdictPass {
		t.Error("the new settings, which do not enforce, are not in use")
	}
	if err := f.Configure(Settings{Config: abuse.Config{Enforce: true}}); err != nil {
		t.Fatal(err)
	}
	if f.verdict(scanner) != record.VerdictBan {
		t.Error("the ban was lost")
	}
	if err := f.Configure(Settings{Config: abuse.Config{Ban: -1}}); err == nil {
		t.Error("settings that cannot work were applied")
	}
	if f.verdict(scanner) != record.VerdictBan {
		t.Error("settings that cannot work changed the detector")
	}
}
