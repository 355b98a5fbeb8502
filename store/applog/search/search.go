package search

import (
	"bytes"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
)

// Search is one query of a log.
type Search struct {
	blocks
	filter
	// newest is the newest position to look at.
	newest codec.Position
}

// New searches v for what q asks for, from a position on.
func New(v *View, q *query.Events, newest codec.Position) *Search {
	return &Search{blocks{View: v}, filter{block.NewQuestion(q), q}, newest}
}

// Page returns the n newest that are asked for.
func (s *Search) Page(n int) (page []record.Event, err error) {
	places, err := s.newestPlaces(n)
	for _, at := range places {
		if err == nil {
			err = s.entry(at, func(e *record.Event) error {
				if s.query.Match(e) {
					page = append(page, *e)
				}
				return nil
			})
		}
	}
	return page, err
}

// Count counts what is asked for, up to a limit.
func (s *Search) Count(limit int) (n int, err error) {
	list, err := s.list(s.wanted)
	for _, in := range list {
		if err == nil && n < limit {
			err = s.eachPlace(in, func(codec.Position) { n++ })
		}
	}
	return min(n, limit), err
}

// newestPlaces are the places of the n newest that are asked for, newest first. The
// blocks are searched from the one with the newest entry on, until what is found
// is newer than all that is left.
func (s *Search) newestPlaces(n int) (places []codec.Position, err error) {
	list, err := s.list(s.wanted)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(x, y interval) int {
		switch {
		case x.made && y.made:
			return y.head.Newest.Compare(x.head.Newest)
		case y.made: // of what is in no block the newest is not known
			return -1
		case x.made:
			return 1
		}
		return 0
	})
	for _, in := range list {
		if len(places) == n && in.made && places[n-1].Time().After(in.head.Newest) {
			break
		}
		if err := s.eachPlace(in, func(at codec.Position) { places = append(places, at) }); err != nil {
			return nil, err
		}
		slices.SortFunc(places, func(x, y codec.Position) int { return bytes.Compare(y[:], x[:]) })
		places = places[:min(n, len(places))]
	}
	return places, nil
}

// wanted refuses blocks of which nothing can be asked for.
func (s *Search) wanted(h *block.Head) bool {
	return !h.Oldest.After(s.newest.Time()) && (s.query.From.IsZero() || !h.Newest.Before(s.query.From)) &&
		(s.query.To.IsZero() || h.Oldest.Before(s.query.To))
}

// eachPlace calls f with the places in an interval that are asked for, in no order.
func (s *Search) eachPlace(in interval, f func(codec.Position)) error {
	if in.made && s.question.NeedsTerms() {
		if terms, ok := s.terms(in.block); ok && !terms.MayMatch(s.question) {
			return nil
		}
	}
	add := func(at codec.Position) error {
		if bytes.Compare(at[:], s.newest[:]) <= 0 {
			f(at)
		}
		return nil
	}
	return s.visit(in, s.filter,
		func(r block.Row) error { return add(codec.NewPosition(r.Time, r.Seq)) },
		func(e *record.Event) error {
			if !s.query.Match(e) {
				return nil
			}
			return add(codec.NewPosition(e.Time, e.Seq))
		})
}
