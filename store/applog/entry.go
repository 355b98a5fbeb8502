package applog

import (
	"encoding/binary"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
)

// entry is one event on its way to the disk.
type entry struct {
	event                record.Event
	impersonal, personal []byte
	hash                 codec.ContentHash
	// keys are its index keys; their last eight bytes are for the seq.
	keys [][]byte
	// count and bytes are what it takes of a transaction, at the most.
	count, bytes int64
	// late says that it was kept in memory.
	spilled bool

	// What follows belongs to the committer until call.done is closed.
	call  *appendCall
	state entryState
	// tried says that it was new in a transaction that failed: if it is there
	// now, that transaction was written nevertheless.
	tried bool
	// told says that it was counted and handed on. Of a call that takes several
	// transactions some may have been written when it is repeated as a whole.
	reported bool
}

type entryState byte

const (
	entryNew entryState = iota
	entryConflict
	entryDuplicate
)

// perKey is more than Badger adds to the length of a key and its value.
const perKey = 32

// index makes the index keys, and counts what all keys take.
func (e *entry) index() {
	at := codec.NewPosition(e.event.Time, 0)
	for _, prefix := range append(codec.ImpersonalIndex(&e.event), codec.PersonalIndex(&e.event)...) {
		e.keys = append(e.keys, append(prefix, at[:]...))
	}
	e.count = int64(len(e.keys)) + 3
	e.bytes = int64(len(e.impersonal)+len(e.personal)+len(record.MarkConflict)+2*len(e.event.ID)) + 256 + e.count*perKey
	for _, key := range e.keys {
		e.bytes += int64(len(key))
	}
}

// put adds e to txn, unless it is stored already.
func (e *entry) put(txn *badger.Txn, end *codec.Last) error {
	seq, conflict, err := stored(txn, e.event.ID, e.hash)
	if err != nil {
		return err
	}
	if seq != 0 {
		e.event.Seq = seq
		if !e.tried {
			e.state = entryDuplicate
		}
		return nil
	}
	end.Seq++
	end.Entries++
	e.event.Seq, e.state, e.tried = end.Seq, entryNew, true
	if conflict {
		e.state = entryConflict
		e.event.Mark(record.MarkConflict)
		e.impersonal, _, _ = codec.Encode(&e.event)
	}
	known, value := e.known(end.Seq, conflict)
	err = errors.Join(
		txn.Set(known, value),
		txn.Set(codec.SeqKey(codec.KeyImpersonal, end.Seq), e.impersonal),
		txn.Set(codec.SeqKey(codec.KeyPersonal, end.Seq), e.personal))
	for _, key := range e.keys {
		binary.BigEndian.PutUint64(key[len(key)-8:], end.Seq)
		err = errors.Join(err, txn.Set(key, nil))
	}
	return err
}

// known is the key under which [stored] looks for e, and its value.
func (e *entry) known(seq uint64, conflict bool) (key, value []byte) {
	value = binary.BigEndian.AppendUint64([]byte{codec.Version}, seq)
	if conflict {
		return codec.ConflictKey(e.event.ID, e.hash), value
	}
	return codec.IDKey(e.event.ID), append(value, e.hash[:]...)
}

// stored looks for an event: seq is 0 if it is not there, and conflict says
// that its id is, with other content.
func stored(txn *badger.Txn, id string, hash codec.ContentHash) (seq uint64, conflict bool, err error) {
	first, err := codec.Get(txn, codec.IDKey(id), 1+8+len(hash))
	if err != nil || first == nil {
		return 0, false, err
	}
	if known := codec.ContentHash(first[9:]); known == hash || known == anyContent {
		return binary.BigEndian.Uint64(first[1:]), false, nil
	}
	for _, h := range []codec.ContentHash{hash, anyContent} {
		later, err := codec.Get(txn, codec.ConflictKey(id, h), 1+8)
		if err != nil {
			return 0, true, err
		}
		if later != nil {
			return binary.BigEndian.Uint64(later[1:]), false, nil
		}
	}
	return 0, true, nil
}

// anyContent stands for the hash of an anonymized event, which would tell
// whether a guess at what was removed is right. Whatever comes with the event's
// id is a duplicate of it, so that telling it again does not bring it back.
var anyContent codec.ContentHash

// appendCall is one call of Append. It has no events where it only asks whether
// the log can be written, or has a job done between two transactions.
type appendCall struct {
	entries []*entry
	job     func() error
	left    int // entries without an answer
	// err may be read once done is closed.
	err  error
	done chan struct{}
}

func newCall(size int) *appendCall {
	return &appendCall{entries: make([]*entry, 0, size), done: make(chan struct{})}
}

func (r *appendCall) add(e *entry) {
	e.call = r
	r.entries = append(r.entries, e)
	r.left++
}

// answer reports that n of the entries are stored, or why they are not.
func (r *appendCall) answer(n int, err error) {
	if r.err == nil {
		r.err = err
	}
	if r.left -= n; r.left == 0 {
		close(r.done)
	}
}

func callOf(entries ...*entry) *appendCall {
	call := newCall(len(entries))
	for _, e := range entries {
		call.add(e)
	}
	return call
}
