package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/record"
)

// testLate keeps events while commits fail, and finds them stored afterwards,
// with an entry that tells of the gap.
func testLate(t *testing.T, open Open) {
	for _, fault := range []Fault{NotPersisted, Persisted} {
		t.Run(fault.String(), func(t *testing.T) {
			b := newBench(t, open)
			b.add(booking(0))
			b.faults.Fail(fault, 1, Forever)
			b.mustFail(b.Append(context.Background(), booking(1)), ErrInjected)
			b.Spill(booking(1), booking(2))
			b.Spill(booking(3), booking(3))
			b.mustFail(b.Down(), ErrInjected)
			if h := b.Health(); h.State != record.StateDown || !strings.Contains(h.Error, ErrInjected.Error()) || h.Queue != 4 {
				t.Errorf("while down: health %+v", h)
			}
			failed := b.faults.Commits()
			b.eventually("a try of its own", func() bool { return b.faults.Commits() > failed })

			b.faults.Heal()
			b.eventually("recovery", func() bool { return b.Down() == nil })
			gap := b.gaps(1)[0]
			for n := 1; n <= 3; n++ {
				e := booking(n)
				if n > 1 || fault == NotPersisted {
					e.Mark(record.MarkLate)
				}
				b.model.add(e)
			}
			b.check()
			late := uint64(3)
			if fault == Persisted {
				late = 2 // the first was stored in time after all
			}
			if h := b.Health(); h.Late != late || h.Dropped != 0 || h.Queue != 0 || h.State != record.StateOK || h.Error != "" {
				t.Errorf("afterwards: health %+v", h)
			}
			checkGap(t, gap, late, 0)
			b.reopen()
			b.check()
		})
		t.Run(fault.String()+", the gap entry too", func(t *testing.T) {
			b := newBench(t, open)
			b.faults.Fail(fault, 1, 1)
			b.mustFail(b.Append(context.Background(), booking(1)), ErrInjected)
			b.Spill(booking(1))
			b.faults.Fail(fault, 2, 1)
			gaps := b.gaps(2)
			late := uint64(1)
			if fault == NotPersisted {
				b.model.add(lateEvent(booking(1)))
			} else {
				b.model.add(booking(1))
				late = 0
			}
			b.check()
			checkGap(t, gaps[1], late, 0)
			checkGap(t, gaps[0], 0, 0)
		})
	}
}

func lateEvent(e record.Event) record.Event {
	e.Mark(record.MarkLate)
	return e
}

func checkGap(t *testing.T, e record.Event, late, lost uint64) {
	t.Helper()
	var details struct {
		From, To   string
		Late, Lost uint64
	}
	if err := json.Unmarshal(e.Details, &details); err != nil {
		t.Fatal(err)
	}
	if details.Late != late || details.Lost != lost || details.From > details.To {
		t.Errorf("the gap entry counts %+v, want %d late and %d lost", details, late, lost)
	}
	if e.Category != record.CategoryGatebook || e.Type != "gatebook.gap" || e.Initiator != nil || e.Transport != "gate" ||
		!strings.Contains(e.Text, details.From) || !strings.Contains(e.Text, details.To) {
		t.Errorf("gap entry %+v", e)
	}
}

// testLost keeps more than fits, and closes a log that cannot be written.
func testLost(t *testing.T, open Open) {
	t.Run("too many", func(t *testing.T) {
		b := newBench(t, open)
		b.faults.Fail(NotPersisted, 1, Forever)
		for n := range 10_003 {
			b.Spill(record.Event{ID: fmt.Sprint(n), Category: "global"})
		}
		if h := b.Health(); h.Dropped != 3 || h.Queue != 10_000 {
			t.Errorf("health %+v", h)
		}
		b.faults.Heal()
		b.recovers(t, 10_000, 3)
	})
	t.Run("too large", func(t *testing.T) {
		b := newBench(t, open)
		b.faults.Fail(NotPersisted, 1, Forever)
		const size, sent = 64 << 10, 300
		for n := range sent {
			b.Spill(record.Event{ID: fmt.Sprint(n), Category: "global", Text: strings.Repeat("x", size)})
		}
		h := b.Health()
		if h.Queue*size > 16<<20 || h.Queue*size < 15<<20 || h.Dropped+uint64(h.Queue) != sent {
			t.Errorf("health %+v", h)
		}
		b.faults.Heal()
		b.recovers(t, uint64(h.Queue), h.Dropped)
	})
	t.Run("closed", func(t *testing.T) {
		b := newBench(t, open)
		b.faults.Fail(NotPersisted, 1, Forever)
		b.Spill(booking(1), booking(2))
		err := b.Close()
		b.mustFail(err, ErrInjected)
		if err == nil || !strings.Contains(err.Error(), "2 events") {
			t.Errorf("closing a log that cannot be written: %v", err)
		}
		b.Spill(booking(3))
		if h := b.Health(); h.Dropped != 3 {
			t.Errorf("health %+v", h)
		}
		b.faults.Heal()
		b.openLog()
		b.check()
	})
	t.Run("closed after healing", func(t *testing.T) {
		b := newBench(t, open)
		b.faults.Fail(NotPersisted, 1, 1)
		b.mustFail(b.Append(context.Background(), booking(1)), ErrInjected)
		b.Spill(booking(1))
		b.reopen()
		b.model.add(lateEvent(booking(1)))
		checkGap(t, b.gaps(1)[0], 1, 0)
		b.check()
	})
}

func (b *bench) recovers(t *testing.T, late, lost uint64) {
	t.Helper()
	checkGap(t, b.gaps(1)[0], late, lost)
	if h := b.Health(); h.Entries != late+1 || h.Late != late || h.Queue != 0 {
		t.Errorf("afterwards: health %+v", h)
	}
}
