package serverlog

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// Requests returns the newest requests that q asks for, the newest first, and
// a cursor for those after them; it is "" when there are none. Following it,
// nothing is skipped and nothing repeated while requests arrive. Everything
// recorded before the call is found, unless the log cannot be written just now.
// A page holds q.Limit requests, at most [query.MaxLimit], with 0
// [query.DefaultLimit], and fewer where they are very long. Times are in UTC. A wrong cursor is a
// [*record.ParamError].
func (l *Log) Requests(ctx context.Context, q query.Requests) (page []record.Request, next string, err error) {
	below := afterAll
	if q.Cursor != "" {
		if below, err = parseRowID(q.Cursor); err != nil {
			return nil, "", err
		}
	}
	limit := q.Limit
	if limit < 1 {
		limit = query.DefaultLimit
	}
	limit = min(limit, query.MaxLimit)
	found, cut, err := l.search(ctx, &q, below, limit+1) // one more shows whether there are more
	if err != nil {
		return nil, "", err
	}
	if len(found) > limit || cut {
		found = found[:min(len(found), limit)]
		next = found[len(found)-1].at.cursor()
	}
	page = make([]record.Request, len(found))
	for i, f := range found {
		page[i] = *f.request
	}
	return page, next, nil
}

func (l *Log) search(ctx context.Context, q *query.Requests, below rowID, most int) (found []found, cut bool, err error) {
	if err := l.Flush(ctx); errors.Is(err, kv.ErrClosed) || ctx.Err() != nil {
		return nil, false, err
	} // what else may fail shows in Health; what is on the disk can be read
	err = l.read(func(list catalogue, values *blockValues) error {
		s := l.newSearch(q, list, values)
		found, err = s.page(ctx, below, most)
		cut = s.cut
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("reading the server log: %w", err)
	}
	return found, cut, nil
}

// search collects the greatest rows below a bound that match a query. A few
// blocks are open at a time, and no more requests are kept than asked for, so
// that memory is bounded however much blocks overlap.
type search struct {
	log    *Log
	query  *query.Requests
	blocks []blockMeta // newest first
	values *blockValues
	from   int64
	// open are blocks that have been read; the one used last is in front.
	open []openBlock

	below rowID
	limit int
	found foundHeap
	rows  []int32
	// texts is the size of what is found; cut says that it was too large for as
	// many as were asked for.
	texts int
	cut   bool
}

type openBlock struct {
	first  uint64
	reader *block.Reader
}

// maxOpen is how many blocks a search keeps open. Where the next page begins
// in a block, it need not be read again.
const maxOpen = 3

type found struct {
	at      rowID
	request *record.Request
}

func (l *Log) newSearch(q *query.Requests, list catalogue, values *blockValues) *search {
	s := &search{log: l, query: q, blocks: list.newestFirst(), values: values, from: math.MinInt64}
	if !q.From.IsZero() {
		s.from = q.From.UnixMicro()
	}
	return s
}

// page returns the next rows below a bound, the greatest first.
func (s *search) page(ctx context.Context, below rowID, most int) ([]found, error) {
	if to := s.query.To; !to.IsZero() && to.UnixMicro() < below.micros {
		// To may lie within a microsecond; Select looks at it closely.
		below = rowID{micros: to.UnixMicro() + 1}
	}
	s.below, s.limit, s.found = below, most, make(foundHeap, 0, min(most, 64))
	s.texts, s.cut = 0, false
	for i := range s.blocks {
		p := &s.blocks[i]
		if p.newest < s.from || s.full() && p.newest < s.found[0].at.micros {
			break
		}
		if p.oldest > s.below.micros {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.look(p); err != nil {
			s.log.noteDamage(*p, err)
		}
	}
	slices.SortFunc(s.found, func(a, b found) int { return b.at.compare(a.at) })
	return s.found, nil
}

// reader opens a block, or returns it open.
func (s *search) reader(p *blockMeta) (*block.Reader, error) {
	if i := slices.IndexFunc(s.open, func(o openBlock) bool { return o.first == p.first }); i >= 0 {
		o := s.open[i]
		copy(s.open[1:i+1], s.open[:i])
		s.open[0] = o
		return o.reader, nil
	}
	var r *block.Reader
	if len(s.open) < maxOpen {
		r = s.log.newReader()
	} else {
		r = s.open[len(s.open)-1].reader
		s.open = s.open[:len(s.open)-1]
	}
	if err := s.values.open(r, p); err != nil {
		return nil, err
	}
	s.open = slices.Insert(s.open, 0, openBlock{p.first, r})
	return r, nil
}

// look goes through one block.
func (s *search) look(p *blockMeta) error {
	r, err := s.reader(p)
	if err != nil {
		return err
	}
	if s.rows, err = r.Select(s.rows[:0], s.query); err != nil || len(s.rows) == 0 {
		return err
	}
	micros, err := r.Times()
	if err != nil {
		return err
	}
	numbers, err := r.IDs()
	if err != nil {
		return err
	}
	for i := len(s.rows) - 1; i >= 0; i-- {
		row := s.rows[i]
		at := rowID{micros[row], numbers[row]}
		if at.compare(s.below) >= 0 {
			continue
		}
		if s.full() && at.compare(s.found[0].at) < 0 {
			if p.sorted {
				return nil
			}
			continue
		}
		if err := s.keep(r, int(row), at); err != nil {
			return err
		}
	}
	return nil
}

// keep takes a request in and lets the least go when there are too many.
func (s *search) keep(r *block.Reader, row int, at rowID) error {
	var request record.Request
	if err := r.Request(row, &request); err != nil {
		return err
	}
	request.Instance = s.log.o.Instance
	request = request.Clone()
	heap.Push(&s.found, found{at, &request})
	s.texts += request.TextSize()
	for len(s.found) > s.limit || s.texts > maxFoundTexts && len(s.found) > 1 {
		least := heap.Pop(&s.found).(found)
		s.texts -= least.request.TextSize()
		if len(s.found) < s.limit {
			// What is left are still the greatest, only fewer.
			s.limit, s.cut = len(s.found), true
		}
	}
	return nil
}

// maxFoundTexts bounds the texts of one page. Clients choose them, up to some
// 80 KiB a request.
const maxFoundTexts = 8 << 20

func (s *search) full() bool { return len(s.found) == s.limit }

// foundHeap has the least rowID first.
type foundHeap []found

func (h foundHeap) Len() int           { return len(h) }
func (h foundHeap) Less(i, j int) bool { return h[i].at.compare(h[j].at) < 0 }
func (h foundHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *foundHeap) Push(x any)        { *h = append(*h, x.(found)) }
func (h *foundHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// Interface guards
var _ heap.Interface = (*foundHeap)(nil)

// Each calls yield for every request that q asks for, newest first, until yield
// returns an error, which Each returns. It ignores q.Limit and q.Cursor. Its memory
// does not depend on how much is found.
func (l *Log) Each(ctx context.Context, q query.Requests, yield func(*record.Request) error) error {
	for below := afterAll; ; {
		page, cut, err := l.search(ctx, &q, below, eachPage)
		if err != nil {
			return err
		}
		for i := range page {
			if err := yield(page[i].request); err != nil {
				return err
			}
		}
		if len(page) < eachPage && !cut {
			return nil
		}
		below = page[len(page)-1].at
	}
}

// eachPage is how many requests Each holds at a time. A page opens the blocks
// that it lies in, so it should not be small; what is open keeps deleted values on
// the disk, so it ends with the page.
const eachPage = 8192
