package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/store/journal"
)

// ClosableJournal is a journal that can be opened again.
type ClosableJournal interface {
	journal.Journal
	Close() error
}

// OpenJournal opens or creates the journal in dir. Each of its commits has to go
// through faults.
type OpenJournal func(dir string, faults *Faults) (ClosableJournal, error)

// RunJournal checks that the journals which open returns keep their promises.
func RunJournal(t *testing.T, open OpenJournal) {
	t.Run("Order", func(t *testing.T) { testJournalOrder(t, open) })
	t.Run("Stops", func(t *testing.T) { testJournalStops(t, open) })
	t.Run("Faults", func(t *testing.T) { testJournalFaults(t, open) })
}

// journalBench is a journal under test and the batches that it should hold.
type journalBench struct {
	*testing.T
	journal ClosableJournal
	open    OpenJournal
	dir     string
	faults  *Faults
	want    []journal.Batch
}

func newJournalBench(t *testing.T, open OpenJournal) *journalBench {
	b := &journalBench{T: t, open: open, dir: t.TempDir(), faults: &Faults{}}
	b.openJournal()
	t.Cleanup(b.closeJournal)
	return b
}

func (b *journalBench) openJournal() {
	b.Helper()
	var err error
	if b.journal, err = b.open(b.dir, b.faults); err != nil {
		b.Fatal(err)
	}
}

func (b *journalBench) closeJournal() {
	b.Helper()
	if err := b.journal.Close(); err != nil {
		b.Error(err)
	}
}

// last is the number of the last event that should be there.
func (b *journalBench) last() uint64 {
	if len(b.want) == 0 {
		return 0
	}
	return b.want[len(b.want)-1].Last()
}

// next makes a batch of some events.
func (b *journalBench) next(count uint32) journal.Batch {
	return journal.Batch{First: b.last() + 1, Count: count, Payload: fmt.Appendf(nil, "%d events from %d", count, b.last()+1)}
}

func (b *journalBench) add(count uint32) {
	b.Helper()
	batch := b.next(count)
	if err := b.journal.Append(context.Background(), batch); err != nil {
		b.Fatal(err)
	}
	if count > 0 {
		b.want = append(b.want, batch)
	}
}

// list returns the batches with events after a number.
func (b *journalBench) list(after uint64) (got []journal.Batch) {
	b.Helper()
	err := b.journal.Follow(context.Background(), after, func(one journal.Batch) error {
		one.Payload = slices.Clone(one.Payload)
		got = append(got, one)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return got
}

func (b *journalBench) check(after uint64) {
	b.Helper()
	var want []journal.Batch
	for _, one := range b.want {
		if one.Last() > after {
			want = append(want, one)
		}
	}
	got := b.list(after)
	if !slices.EqualFunc(got, want, sameBatch) {
		b.Fatalf("after %d: %d batches, want %d", after, len(got), len(want))
	}
}

func sameBatch(a, b journal.Batch) bool {
	return a.First == b.First && a.Count == b.Count && string(a.Payload) == string(b.Payload)
}

func testJournalOrder(t *testing.T, open OpenJournal) {
	b := newJournalBench(t, open)
	b.check(0)
	for n := range uint32(20) {
		b.add(n % 4)
	}
	for range 2 {
		for after := uint64(0); after <= b.last()+1; after++ {
			b.check(after)
		}
		b.closeJournal()
		b.openJournal()
	}
	b.add(1)
	b.check(0)
	if err := b.journal.Append(context.Background(), journal.Batch{First: b.last(), Count: 1}); err == nil {
		t.Error("a number is given twice")
	}
	b.check(0)
}

func testJournalStops(t *testing.T, open OpenJournal) {
	b := newJournalBench(t, open)
	for range 3 {
		b.add(2)
	}
	calls := 0
	err := b.journal.Follow(context.Background(), 0, func(journal.Batch) error { calls++; return ErrInjected })
	if !errors.Is(err, ErrInjected) || calls != 1 {
		t.Errorf("after an error of apply: %d calls, %v", calls, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = b.journal.Follow(ctx, 0, func(journal.Batch) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
}

// testJournalFaults has appends fail in both ways, one or several in a row. What was
// acknowledged stays, what failed is there as Follow says, and nothing is there twice.
func testJournalFaults(t *testing.T, open OpenJournal) {
	random := testrun.Rand(t)
	for _, fault := range []Fault{NotPersisted, Persisted} {
		t.Run(fault.String(), func(t *testing.T) {
			b := newJournalBench(t, open)
			for range testrun.Rounds(30, 1000) {
				b.add(uint32(random.IntN(3)))
				b.faults.Fail(fault, 1, 1+random.IntN(4))
				failed := b.next(uint32(1 + random.IntN(3)))
				for range 1 + random.IntN(2) {
					if err := b.journal.Append(context.Background(), failed); !errors.Is(err, ErrInjected) {
						break
					}
				}
				b.faults.Heal()
				switch got := b.list(b.last()); len(got) {
				case 0:
				case 1:
					if !sameBatch(got[0], failed) {
						t.Fatalf("got %+v, want %+v", got[0], failed)
					}
					b.want = append(b.want, failed)
				default:
					t.Fatalf("%d batches of one", len(got))
				}
				if random.IntN(4) == 0 {
					b.add(1)
					b.closeJournal()
					b.openJournal()
				}
				b.check(0)
			}
		})
	}
}
