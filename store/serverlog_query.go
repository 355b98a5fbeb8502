package store

import (
	"cmp"
	"container/heap"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
)

// rowID is where a request stands in the log: no two share one, and it never
// changes. Lists go from the greatest to the least.
type rowID struct {
	micros int64
	seq    uint64
	index  int
}

func (p rowID) compare(q rowID) int {
	return cmp.Or(cmp.Compare(p.micros, q.micros), cmp.Compare(p.seq, q.seq), cmp.Compare(p.index, q.index))
}

var afterAll = rowID{math.MaxInt64, math.MaxUint64, math.MaxInt}

const (
	rowIDVersion = 1
	rowIDLen     = 1 + 8 + 8 + 4
)

func (p rowID) cursor() string {
	b := append(make([]byte, 0, rowIDLen), rowIDVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(p.micros))
	b = binary.BigEndian.AppendUint64(b, p.seq)
	b = binary.BigEndian.AppendUint32(b, uint32(p.index))
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseRowID(s string) (rowID, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != rowIDLen || b[0] != rowIDVersion {
		return rowID{}, record.BadCursor(s)
	}
	return rowID{
		micros: int64(binary.BigEndian.Uint64(b[1:])),
		seq:    binary.BigEndian.Uint64(b[9:]),
		index:  int(binary.BigEndian.Uint32(b[17:])),
	}, nil
}

// Requests returns the newest requests that q asks for, the newest first, and
// a cursor for those after them; it is "" when there are none. Following it,
// nothing is skipped and nothing repeated while requests arrive. Everything
// recorded before the call is found, unless the log cannot be written just now.
// A page holds q.Limit requests, at most [record.MaxLimit], with 0
// [record.DefaultLimit]. Times are in UTC. A wrong cursor is a
// [*record.ParamError].
func (l *ServerLog) Requests(ctx context.Context, q record.RequestQuery) (page []record.Request, next string, err error) {
	s := search{log: l, query: &q, below: afterAll, from: math.MinInt64, batch: batchReader{zstd: l.unzip}}
	if q.Cursor != "" {
		if s.below, err = parseRowID(q.Cursor); err != nil {
			return nil, "", err
		}
	}
	if to := q.To.UnixMicro(); !q.To.IsZero() && to < s.below.micros {
		// To may lie within a microsecond; Match looks at it closely.
		s.below = rowID{micros: to + 1}
	}
	if !q.From.IsZero() {
		s.from = q.From.UnixMicro()
	}
	limit := q.Limit
	if limit < 1 {
		limit = record.DefaultLimit
	}
	limit = min(limit, record.MaxLimit)
	s.most = limit + 1 // one more shows whether there are more

	if err := l.Flush(ctx); errors.Is(err, ErrClosed) {
		return nil, "", err
	} // what else may fail shows in Health; what is on the disk can be read
	if err := l.view(func(txn *badger.Txn) error { return s.run(ctx, txn) }); err != nil {
		return nil, "", fmt.Errorf("reading the server log: %w", err)
	}
	slices.SortFunc(s.found, func(a, b found) int { return b.at.compare(a.at) })
	if len(s.found) > limit {
		next = s.found[limit-1].at.cursor()
		s.found = s.found[:limit]
	}
	page = make([]record.Request, len(s.found))
	for i, f := range s.found {
		page[i] = f.request
	}
	return page, next, nil
}

// view reads the database while it is open. Badger panics over some damage to
// its files: that becomes an error.
func (l *ServerLog) view(f func(*badger.Txn) error) (err error) {
	l.using.RLock()
	defer l.using.RUnlock()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the database is damaged: %v", p)
		}
	}()
	if l.closed {
		return ErrClosed
	}
	return l.db.View(f)
}

// search collects the greatest rows below a bound that match a query. One
// batch is open at a time, and no more requests are kept than asked for, so
// that memory is bounded however much batches overlap.
type search struct {
	log   *ServerLog
	query *record.RequestQuery
	below rowID
	from  int64
	most  int
	found foundHeap
	batch batchReader
}

type found struct {
	at      rowID
	request record.Request
}

func (s *search) run(ctx context.Context, txn *badger.Txn) error {
	it := txn.NewIterator(batchIterator(true))
	defer it.Close()
	newest := s.below.micros
	if span := batchSpan.Microseconds(); newest < math.MaxInt64-span {
		newest += span
	}
	for it.Seek(batchKey(newest, math.MaxUint64)); it.Valid(); it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		item := it.Item()
		newest, seq, err := parseBatchKey(item.Key())
		if err != nil {
			s.log.damage(item.Key(), err)
			continue
		}
		if newest < s.from || s.full() && newest < s.found[0].at.micros {
			return nil
		}
		if err := item.Value(func(v []byte) error { return s.look(item.Key(), seq, v) }); err != nil {
			return err
		}
	}
	return nil
}

// look goes through one batch, newest request first.
func (s *search) look(key []byte, seq uint64, value []byte) error {
	info, err := parseBatchHeader(value)
	if err == nil && info.oldest > s.below.micros {
		return nil
	}
	if err == nil {
		err = s.batch.read(key, value)
	}
	if err != nil {
		s.log.damage(key, err)
		return nil
	}
	for i := len(s.batch.rows) - 1; i >= 0; i-- {
		at := rowID{s.batch.rows[i].micros, seq, i}
		if at.compare(s.below) >= 0 {
			continue
		}
		if at.micros < s.from || s.full() && at.compare(s.found[0].at) < 0 {
			return nil
		}
		if err := s.consider(at, s.batch.body(i)); err != nil {
			s.log.damage(key, err)
			return nil
		}
	}
	return nil
}

// consider keeps a request if it matches.
func (s *search) consider(at rowID, body string) error {
	var r record.Request
	if err := s.decode(at, body, &r); err != nil {
		return err
	}
	if !s.query.Match(&r) {
		return nil
	}
	// r is a part of its batch: a copy lets the batch go.
	if err := s.decode(at, strings.Clone(body), &r); err != nil {
		return err
	}
	heap.Push(&s.found, found{at, r})
	if len(s.found) > s.most {
		heap.Pop(&s.found)
	}
	return nil
}

func (s *search) decode(at rowID, body string, r *record.Request) error {
	if err := decodeRequest(body, r); err != nil {
		return err
	}
	r.Time, r.Instance = time.UnixMicro(at.micros).UTC(), s.log.o.Instance
	return nil
}

func (s *search) full() bool { return len(s.found) == s.most }

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
