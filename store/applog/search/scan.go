package search

import (
	"bytes"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
)

// indexScan goes through some indexes at once, from the newest position down.
type indexScan struct {
	streams []*indexStream
	oldest  []byte // no position is below
}

// indexStream is one index.
type indexStream struct {
	it     *badger.Iterator
	prefix []byte
	at     codec.Position
	ok     bool
}

// newIndexScan starts at newest, or where q.To says if that is older. It may begin
// and end with positions that q does not ask for.
func newIndexScan(txn *badger.Txn, q *query.Events, newest codec.Position) *indexScan {
	s := &indexScan{}
	if !q.From.IsZero() {
		from := codec.NewPosition(q.From, 0)
		s.oldest = from[:]
	}
	if !q.To.IsZero() {
		if to := codec.NewPosition(q.To, 1<<64-1); bytes.Compare(to[:], newest[:]) < 0 {
			newest = to
		}
	}
	for _, prefix := range codec.QueryIndex(q) {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, Reverse: true})
		st := &indexStream{it: it, prefix: prefix}
		it.Seek(slices.Concat(prefix, newest[:]))
		st.read()
		s.streams = append(s.streams, st)
	}
	return s
}

// next returns the newest eventPos that it has not returned yet. An event may be
// in several of the indexes.
func (s *indexScan) next() (at codec.Position, ok bool) {
	for _, st := range s.streams {
		if st.ok && (!ok || bytes.Compare(st.at[:], at[:]) > 0) {
			at, ok = st.at, true
		}
	}
	if !ok || bytes.Compare(at[:], s.oldest) < 0 {
		return at, false
	}
	for _, st := range s.streams {
		if st.ok && st.at == at {
			st.it.Next()
			st.read()
		}
	}
	return at, true
}

func (st *indexStream) read() {
	if st.ok = st.it.Valid(); st.ok {
		key := st.it.Item().Key()
		copy(st.at[:], key[len(key)-codec.PositionSize:])
	}
}

func (s *indexScan) close() {
	for _, st := range s.streams {
		st.it.Close()
	}
}
