package serverlog

import (
	"container/heap"
	"context"
	"math"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// search collects the greatest rows below a bound that match a query. A few
// blocks are open at a time, and no more requests are kept than asked for, so
// that memory is bounded however much blocks overlap.
type search struct {
	log    *Log
	query  *query.Requests
	blocks []blockMeta // newest first
	values *blockValues
	from   int64
	open   openBlocks

	below rowID
	limit int
	found foundHeap
	// heaped says that found is a heap, which it need not be before one of it has to
	// go; least is the least of it.
	heaped bool
	least  rowID
	spare  []record.Request
	// texts is the size of what is found; cut says that it was too large for as
	// many as were asked for.
	texts int
	cut   bool
}

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
	s.heaped, s.least, s.texts, s.cut = false, afterAll, 0, false
	for i := range s.blocks {
		p := &s.blocks[i]
		if p.newest < s.from || s.full() && p.newest < s.least.micros {
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

// look goes through one block.
func (s *search) look(p *blockMeta) error {
	o, err := s.open.open(s.values, p, s.log.newReader)
	if err != nil {
		return err
	}
	if !o.detached {
		if o.rows, err = o.reader.Select(o.rows[:0], s.query); err != nil || len(o.rows) == 0 {
			return err
		}
		if min(len(o.rows), s.limit) >= o.reader.Rows()/sharing {
			if err := o.detach(); err != nil {
				return err
			}
		} else {
			o.reader.Only(o.rows)
		}
	}
	micros, err := o.reader.Times()
	if err != nil {
		return err
	}
	numbers, err := o.reader.IDs()
	if err != nil {
		return err
	}
	for i := len(o.rows) - 1; i >= 0; i-- {
		row := o.rows[i]
		at := rowID{micros[row], numbers[row]}
		if at.compare(s.below) >= 0 {
			continue
		}
		if s.full() && at.compare(s.least) < 0 {
			if p.sorted {
				return nil
			}
			continue
		}
		if err := s.keep(o, int(row), at); err != nil {
			return err
		}
	}
	return nil
}

// keep takes a request in and lets the least go when there are too many.
func (s *search) keep(o *openBlock, row int, at rowID) error {
	if len(s.spare) == 0 {
		s.spare = make([]record.Request, min(s.limit, 64))
	}
	request := &s.spare[0]
	if err := o.reader.Request(row, request); err != nil {
		return err
	}
	request.Instance = s.log.o.Instance
	if !o.detached {
		*request = request.Clone()
	}
	s.spare = s.spare[1:]
	s.texts += request.TextSize()
	if !s.heaped {
		s.found = append(s.found, found{at, request})
		if at.compare(s.least) < 0 {
			s.least = at
		}
	} else {
		heap.Push(&s.found, found{at, request})
	}
	if len(s.found) > s.limit || s.texts > maxFoundTexts && len(s.found) > 1 {
		s.drop()
	}
	return nil
}

// drop lets the least go until the page is as small as it must be.
func (s *search) drop() {
	if !s.heaped {
		heap.Init(&s.found)
		s.heaped = true
	}
	for len(s.found) > s.limit || s.texts > maxFoundTexts && len(s.found) > 1 {
		least := heap.Pop(&s.found).(found)
		s.texts -= least.request.TextSize()
		if len(s.found) < s.limit {
			// What is left are still the greatest, only fewer.
			s.limit, s.cut = len(s.found), true
		}
	}
	s.least = s.found[0].at
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
