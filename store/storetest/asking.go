package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

func testAsking(t *testing.T, open Open) {
	b := newBench(t, open)
	for n := range query.DefaultLimit + 10 {
		b.add(booking(n))
	}
	ctx, cancel := context.WithCancel(context.Background())
	page, next, err := b.Events(ctx, query.Events{})
	if err != nil || len(page) != query.DefaultLimit || next == "" {
		t.Fatalf("without a limit: %d events, next %q, %v", len(page), next, err)
	}
	if len(b.all(query.Events{Limit: 1 << 30})) != query.DefaultLimit+10 {
		t.Error("a huge limit loses events")
	}
	if _, next, err := b.Events(ctx, query.Events{Limit: query.DefaultLimit + 10}); err != nil || next != "" {
		t.Errorf("after the last event comes %q, %v", next, err)
	}
	for _, bad := range []string{"x", "AAAA", next[:len(next)-1], next + "A", "!" + next, strings.Repeat("A", 10000)} {
		_, _, err := b.Events(ctx, query.Events{Cursor: bad})
		var wrong *record.ParamError
		if !errors.As(err, &wrong) || wrong.Param != "cursor" {
			t.Errorf("cursor %.20q: %v", bad, err)
		}
	}
	if _, err := b.Event(ctx, 0); !errors.Is(err, record.ErrNotFound) {
		t.Errorf("event 0: %v", err)
	}
	cancel()
	_, _, err = b.Events(ctx, query.Events{})
	b.mustFail(err, context.Canceled)
	_, err = b.Event(ctx, 1)
	b.mustFail(err, context.Canceled)
	_, err = b.Categories(ctx)
	b.mustFail(err, context.Canceled)
	b.mustFail(b.Append(ctx, booking(1000)), context.Canceled)
}

// testModel draws events and questions; while a question is read page by page,
// more events arrive.
func testModel(t *testing.T, open Open) {
	testrun.Checks(t, 20, 200)
	rapid.Check(t, func(r *rapid.T) {
		b := &bench{tester: r, open: open, dir: t.TempDir(), faults: &Faults{}}
		b.openLog()
		defer b.closeLog()
		for range rapid.IntRange(1, 8).Draw(r, "appends") {
			b.add(rapid.SliceOfN(rapid.Custom(drawEvent), 1, 8).Draw(r, "events")...)
		}
		b.check()
		for range 5 {
			b.number()
			b.page(r, drawQuery(r))
		}
		b.check()
	})
}

// page reads what q asks for page by page: everything that was there comes
// once, in order, and whatever arrives comes at most once.
func (b *bench) page(r *rapid.T, q query.Events) {
	want := b.model.find(q)
	var got []record.Event
	for {
		page, next, err := b.Events(context.Background(), q)
		if err != nil {
			r.Fatal(err)
		}
		if len(page) > q.Limit {
			r.Fatalf("%d events on a page of %d", len(page), q.Limit)
		}
		got = append(got, page...)
		if next == "" {
			break
		}
		q.Cursor = next
		b.add(drawEvent(r))
	}
	if !slices.IsSortedFunc(got, newestFirst) {
		r.Fatalf("out of order: %+v", got)
	}
	for i, e := range got {
		if i > 0 && e.Seq == got[i-1].Seq {
			r.Fatalf("twice: %+v", e)
		}
		if !q.Match(&e) {
			r.Fatalf("not asked for: %+v", e)
		}
	}
	for _, e := range want {
		if !slices.ContainsFunc(got, func(g record.Event) bool { return reflect.DeepEqual(g, e) }) {
			r.Fatalf("missing: %+v", e)
		}
	}
}
