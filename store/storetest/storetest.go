package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Log is what the suite asks of an application log.
type Log interface {
	Append(ctx context.Context, events ...record.Event) error
	Spill(events ...record.Event)
	Down() error
	Events(ctx context.Context, q query.Events) (page []record.Event, next string, err error)
	Event(ctx context.Context, seq uint64) (record.Event, error)
	Categories(ctx context.Context) ([]string, error)
	Health() record.BookHealth
	Close() error
}

// Open opens or creates the log in dir. Each of its commits has to go through
// faults.
type Open func(dir string, faults *Faults) (Log, error)

// Run checks that the logs which open returns keep their promises.
func Run(t *testing.T, open Open) {
	t.Run("Durable", func(t *testing.T) { testDurable(t, open) })
	t.Run("Idempotent", func(t *testing.T) { testIdempotent(t, open) })
	t.Run("Conflict", func(t *testing.T) { testConflict(t, open) })
	t.Run("Derived", func(t *testing.T) { testDerived(t, open) })
	t.Run("Refused", func(t *testing.T) { testRefused(t, open) })
	t.Run("Asking", func(t *testing.T) { testAsking(t, open) })
	t.Run("Model", func(t *testing.T) { testModel(t, open) })
	t.Run("Concurrent", func(t *testing.T) { testConcurrent(t, open) })
	t.Run("Faults", func(t *testing.T) { testFaults(t, open) })
	t.Run("Late", func(t *testing.T) { testLate(t, open) })
	t.Run("Lost", func(t *testing.T) { testLost(t, open) })
}

// tester is what testing.T and rapid.T have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// bench is a log under test, and what it should hold.
type bench struct {
	tester
	Log
	open   Open
	dir    string
	faults *Faults
	model  model
}

// newBench opens a new log, and closes it when the test ends.
func newBench(t *testing.T, open Open) *bench {
	b := &bench{tester: t, open: open, dir: t.TempDir(), faults: &Faults{}}
	b.openLog()
	t.Cleanup(b.closeLog)
	return b
}

func (b *bench) openLog() {
	b.Helper()
	var err error
	if b.Log, err = b.open(b.dir, b.faults); err != nil {
		b.Fatalf("%v", err)
	}
}

func (b *bench) closeLog() {
	b.Helper()
	if err := b.Close(); err != nil {
		b.Errorf("closing: %v", err)
	}
}

func (b *bench) reopen() {
	b.Helper()
	b.closeLog()
	b.openLog()
}

// add appends events to the log and to the model.
func (b *bench) add(events ...record.Event) {
	b.Helper()
	if err := b.Append(context.Background(), events...); err != nil {
		b.Fatalf("%v", err)
	}
	for _, e := range events {
		b.model.add(e)
	}
}

// all reads every page of what q asks for.
func (b *bench) all(q query.Events) []record.Event {
	b.Helper()
	var out []record.Event
	for {
		page, next, err := b.Events(context.Background(), q)
		if err != nil {
			b.Fatalf("%v", err)
		}
		out = append(out, page...)
		if next == "" {
			return out
		}
		q.Cursor = next
	}
}

// check compares everything in the log with the model: each event once, in
// order, under its number and under each filter.
func (b *bench) check() {
	b.Helper()
	log := b.number()
	b.same("all", log, b.model.find(query.Events{}))
	if n := b.Health().Entries; n != uint64(len(log)) {
		b.Errorf("Health counts %d entries, there are %d", n, len(log))
	}
	var categories []string
	asked := map[string]bool{}
	for _, e := range log {
		categories = append(categories, e.Category)
		if got, err := b.Event(context.Background(), e.Seq); err != nil || !reflect.DeepEqual(got, e) {
			b.Errorf("event %d alone: %+v, %v", e.Seq, got, err)
		}
		for _, q := range questions(e) {
			if name := fmt.Sprintf("%+v", q); !asked[name] {
				asked[name] = true
				b.same(name, b.all(q), b.model.find(q))
			}
		}
	}
	slices.Sort(categories)
	got, err := b.Categories(context.Background())
	if want := slices.Compact(categories); err != nil || !slices.Equal(got, want) {
		b.Errorf("categories %q, %v, want %q", got, err, want)
	}
}

// number takes the numbers that the log gave into the model.
func (b *bench) number() (log []record.Event) {
	b.Helper()
	log = b.all(query.Events{Limit: 7})
	if err := b.model.number(log); err != nil {
		b.Fatalf("%v", err)
	}
	return log
}

// questions ask for e by each filter that finds it.
func questions(e record.Event) []query.Events {
	list := []query.Events{
		{EventFilter: query.EventFilter{Categories: []string{e.Category}}, Limit: 100},
		{From: e.Time, To: e.Time.Add(time.Microsecond), Limit: 100},
	}
	by := func(f query.EventFilter) { list = append(list, query.Events{EventFilter: f, Limit: 100}) }
	if e.Type != "" {
		by(query.EventFilter{Types: []string{e.Type}})
	}
	if e.Outcome != "" {
		by(query.EventFilter{Outcomes: []string{e.Outcome}})
	}
	if s := e.Subject; s != nil {
		by(query.EventFilter{Subjects: []string{s.ID}})
		by(query.EventFilter{Subjects: []string{s.Type + ":" + s.ID}})
	}
	if i := e.Initiator; i != nil {
		for _, value := range []string{i.ID, i.Email, i.Name} {
			by(query.EventFilter{Initiators: []string{value}})
		}
	}
	return list
}

func (b *bench) same(what string, got, want []record.Event) {
	b.Helper()
	if len(got) != len(want) {
		b.Errorf("%s: %d events, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			b.Errorf("%s: event %d is\n%+v, want\n%+v", what, i, got[i], want[i])
			return
		}
	}
}

// eventually waits until cond holds.
func (b *bench) eventually(what string, cond func() bool) {
	b.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(time.Minute)
	for !cond() {
		select {
		case <-tick.C:
		case <-timeout:
			b.Fatalf("waited a minute for: %s", what)
		}
	}
}

func (b *bench) mustFail(err, want error) {
	b.Helper()
	if !errors.Is(err, want) {
		b.Errorf("got error %v, want %v", err, want)
	}
}
