package applog

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/storetest"
)

// checkedEvents is a log with events of all kinds: 1 is full, 2 ordinary, 3 a
// conflict with it, 4 anonymized.
func checkedEvents(t *testing.T) *Log {
	t.Helper()
	a := openTestLog(t, t.TempDir(), Options{})
	conflict := storetest.BookingEvent(1)
	conflict.Text = "something else"
	mustAppend(t, a, storetest.FullEvent())
	mustAppend(t, a, storetest.BookingEvent(1))
	mustAppend(t, a, conflict)
	mustAppend(t, a, storetest.BookingEvent(4))
	e, err := a.Event(context.Background(), 4)
	if err != nil {
		t.Fatal(err)
	}
	mustUpdate(t, a, func(txn *badger.Txn) error {
		return txn.Delete(codec.SeqKey(codec.KeyPersonal, e.Seq))
	})
	return a
}

// partOf is what an event has that names nobody.
func partOf(e record.Event) []byte {
	impersonal, _, _ := codec.Encode(&e)
	return impersonal
}

// altered is an event with another text than it had.
func altered(e record.Event) record.Event {
	e.Text += "!"
	return e
}

func mustUpdate(t *testing.T, a *Log, f func(*badger.Txn) error) {
	t.Helper()
	if err := update(a, f); err != nil {
		t.Fatal(err)
	}
}

func TestCheckAppLog(t *testing.T) {
	e := storetest.BookingEvent(1)
	e.Seq = 2
	set := func(key []byte, value string) func(*badger.Txn) error {
		return func(txn *badger.Txn) error { return txn.Set(key, []byte(value)) }
	}
	remove := func(key []byte) func(*badger.Txn) error {
		return func(txn *badger.Txn) error { return txn.Delete(key) }
	}
	impersonal := codec.SeqKey(codec.KeyImpersonal, 2)
	for name, c := range map[string]struct {
		damage  func(*badger.Txn) error
		entries uint64
		missing uint64
		want    []string
	}{
		"nothing":                    {func(*badger.Txn) error { return nil }, 4, 0, nil},
		"an event, truncated":        {set(impersonal, "\x01\x01"), 3, 0, []string{"event 2: event field 1: the value is cut short"}},
		"an event, newer":            {set(impersonal, "\x09"), 3, 0, []string{"event 2: event format 9"}},
		"an event, empty":            {set(impersonal, ""), 3, 0, []string{"event 2: the value is cut short"}},
		"an event, gone":             {remove(impersonal), 3, 1, []string{"key 700000000000000002: the event of this personal part is gone", `id "01GR3YH2V8M9Q7T4C6X0000001": the event`}},
		"an event, another":          {func(txn *badger.Txn) error { return txn.Set(impersonal, partOf(storetest.FullEvent())) }, 3, 0, []string{"event 2: its id \"the-id\" and content are not known"}},
		"a text, altered":            {func(txn *badger.Txn) error { return txn.Set(impersonal, partOf(altered(e))) }, 3, 0, []string{"event 2: its content is not what was stored"}},
		"a personal part, truncated": {set(codec.SeqKey(codec.KeyPersonal, 2), "\x01\x0c"), 3, 0, []string{"event 2: event field 12"}},
		"a time, another": {func(txn *badger.Txn) error {
			n, err := codec.GetName(txn, codec.IDKey(e.ID))
			n.Time = n.Time.Add(time.Second)
			return errors.Join(err, txn.Set(codec.IDKey(e.ID), n.First()))
		}, 3, 0, []string{"event 2: its time is "}},
		"an id, gone":           {remove(codec.IDKey(e.ID)), 2, 0, []string{`event 2: its id "01GR3YH2V8M9Q7T4C6X0000001" is not known`, "event 3: its id"}},
		"an id, truncated":      {set(codec.IDKey(e.ID), "\x01"), 2, 0, []string{"event 2: reading", `id "01GR3YH2V8M9Q7T4C6X0000001": the event`}},
		"a number, truncated":   {set([]byte("e2"), "\x01"), 4, 0, []string{"key 6532: it has 2 bytes"}},
		"the count, too great":  {func(txn *badger.Txn) error { return codec.Last{Seq: 4, Entries: 9}.Write(txn) }, 4, 5, nil},
		"the count, too small":  {func(txn *badger.Txn) error { return codec.Last{Seq: 4, Entries: 3}.Write(txn) }, 4, 0, []string{"the count of events: 3 events are said to be there, and there are 4"}},
		"the number, too small": {func(txn *badger.Txn) error { return codec.Last{Seq: 3, Entries: 4}.Write(txn) }, 4, 0, []string{"the count of events: the last number is said to be 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := checkedEvents(t)
			mustUpdate(t, a, c.damage)
			found, err := a.Check(context.Background())
			if err != nil || found.Entries != c.entries || found.Missing != c.missing || found.Good() != (c.want == nil && c.missing == 0) {
				t.Errorf("found %+v, %v", found, err)
			}
			storetest.WantFaults(t, found, c.want...)
		})
	}
}
