package search

import (
	"bytes"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
)

// MaxWalked is how many entries are looked at in an index without a match: where
// the index names few, that is all there is to do; where it names many of which
// few match, blocks are much faster.
const MaxWalked = 1000

// Search is one query of a log.
type Search struct {
	blocks
	q *query.Events
	// newest is the newest position that is left to look at.
	newest    codec.Position
	maxWalked int
}

// New searches v for what q asks for, from a position on. It looks at maxWalked
// entries in an index before it searches the blocks; see [MaxWalked].
func New(v *View, q *query.Events, newest codec.Position, maxWalked int) *Search {
	return &Search{blocks{View: v}, q, newest, maxWalked}
}

// Page returns the n newest that are asked for.
func (s *Search) Page(n int) (page []record.Event, err error) {
	add := func(e *record.Event) error {
		if s.q.Match(e) {
			page = append(page, *e)
		}
		return nil
	}
	done, err := s.walk(n+s.maxWalked, func(e *record.Event) (bool, error) {
		err := add(e)
		return len(page) < n, err
	})
	if done || err != nil {
		return page, err
	}
	places, err := s.newestPlaces(n - len(page))
	for _, at := range places {
		if err == nil {
			err = s.entry(at, add)
		}
	}
	return page, err
}

// walk goes through the index that promises the least and calls f for the entries
// there, until it returns false, or limit have been looked at. Then it is not done,
// and s.newest is where it came to.
func (s *Search) walk(limit int, f func(*record.Event) (more bool, err error)) (done bool, err error) {
	scan := newIndexScan(s.Txn, s.q, s.newest)
	defer scan.close()
	for at, ok := scan.next(); ok; at, ok = scan.next() {
		if limit--; limit < 0 {
			s.newest = at
			return false, nil
		}
		more := true
		err := s.entry(at, func(e *record.Event) (err error) {
			more, err = f(e)
			return err
		})
		if err != nil || !more {
			return true, err
		}
	}
	return true, nil
}

// Count counts what is asked for, up to a limit.
func (s *Search) Count(limit int) (n int, err error) {
	done, err := s.walk(s.maxWalked, func(e *record.Event) (bool, error) {
		if s.q.Match(e) {
			n++
		}
		return n < limit, nil
	})
	if done || err != nil {
		return n, err
	}
	list, err := s.list(s.wanted)
	question := block.NewQuestion(s.q)
	for _, in := range list {
		if err == nil && n < limit {
			err = s.eachPlace(in, question, func(codec.Position) { n++ })
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
	question := block.NewQuestion(s.q)
	for _, in := range list {
		if len(places) == n && in.made && places[n-1].Time().After(in.head.Newest) {
			break
		}
		if err := s.eachPlace(in, question, func(at codec.Position) { places = append(places, at) }); err != nil {
			return nil, err
		}
		slices.SortFunc(places, func(x, y codec.Position) int { return bytes.Compare(y[:], x[:]) })
		places = places[:min(n, len(places))]
	}
	return places, nil
}

// wanted refuses blocks of which nothing can be asked for.
func (s *Search) wanted(h *block.Head) bool {
	return !h.Oldest.After(s.newest.Time()) && (s.q.From.IsZero() || !h.Newest.Before(s.q.From)) &&
		(s.q.To.IsZero() || h.Oldest.Before(s.q.To))
}

// eachPlace calls f with the places in an interval that are asked for, in no order.
func (s *Search) eachPlace(in interval, question *block.Question, f func(codec.Position)) error {
	add := func(at codec.Position) error {
		if bytes.Compare(at[:], s.newest[:]) <= 0 {
			f(at)
		}
		return nil
	}
	return s.visit(in,
		func(r *block.Reader) ([]int, error) { return r.Select(question) },
		func(row int) error { return add(codec.NewPosition(s.reader.Time(row), s.reader.Seq(row))) },
		func(e *record.Event) error {
			if !s.q.Match(e) {
				return nil
			}
			return add(codec.NewPosition(e.Time, e.Seq))
		})
}
