package search

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/block"
)

// Due is what retention needs to know of an entry. Its anonymization counts from
// Due, the later of its time and its until.
type Due struct {
	Seq        uint64
	Category   string
	Time, Due  time.Time
	Anonymized bool
}

// EachDue calls f for entries among which are all that happened before one time,
// and all that have a personal part and whose anonymization counts from before
// another. It reads entries themselves only where they are in no block.
func (v *View) EachDue(before, due time.Time, f func(Due) error) error {
	b := blocks{View: v}
	list, err := b.list(func(h *block.Head) bool {
		return h.Oldest.Before(before) || !h.Due.IsZero() && h.Due.Before(due)
	})
	for _, in := range list {
		if err == nil {
			err = b.visit(in, filter{}, func(r block.Row) error {
				return f(Due{r.Seq, strings.Clone(r.Category), r.Time, r.Due, r.Anonymized})
			}, func(e *record.Event) error {
				return f(Due{e.Seq, e.Category, e.Time, block.Due(e), e.Anonymized})
			})
		}
	}
	return err
}

// Categories lists the categories that have entries, in alphabetical order.
func (v *View) Categories() ([]string, error) {
	b, found := blocks{View: v}, map[string]bool{}
	add := func(category string) {
		if !found[category] {
			found[strings.Clone(category)] = true
		}
	}
	list, err := b.list(func(*block.Head) bool { return true })
	for _, in := range list {
		if err != nil {
			return nil, err
		}
		if in.made {
			if terms, ok := b.terms(in.block); ok {
				for _, c := range terms.Categories {
					add(c)
				}
				continue
			}
		}
		err = b.visit(in, filter{},
			func(r block.Row) error { add(r.Category); return nil },
			func(e *record.Event) error { add(e.Category); return nil })
	}
	return slices.Sorted(maps.Keys(found)), err
}

// Edges are the times of the oldest and the newest entry; zero if there is none.
func (v *View) Edges() (oldest, newest time.Time, err error) {
	b := blocks{View: v}
	add := func(from, to time.Time) {
		if newest.IsZero() || from.Before(oldest) {
			oldest = from
		}
		if newest.IsZero() || to.After(newest) {
			newest = to
		}
	}
	list, err := b.list(func(*block.Head) bool { return true })
	for _, in := range list {
		switch {
		case err != nil:
		case in.made:
			add(in.head.Oldest, in.head.Newest)
		default:
			err = b.visit(in, filter{},
				func(r block.Row) error { add(r.Time, r.Time); return nil },
				func(e *record.Event) error { add(e.Time, e.Time); return nil })
		}
	}
	return oldest, newest, err
}
