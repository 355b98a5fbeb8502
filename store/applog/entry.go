package applog

import (
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
	// size is about what it takes of the memory.
	size int64
	// late says that it was kept in memory.
	spilled bool

	// What follows belongs to the committer until call.done is closed, but for the
	// number and the state, which do not change once it is journaled.
	call  *appendCall
	state entryState
	// journaled says that the journal has it. The committer leaves it alone then, for
	// it is the follower's.
	journaled bool
	// reported says that it was counted and handed on. Of a call that takes several
	// batches some may have been appended when it is repeated as a whole.
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

// perEntry is about what an entry takes of the memory besides its encoded parts.
const perEntry = 1 << 10

// keysPerEntry is how many keys an entry has.
const keysPerEntry = 3

// bytes is what the keys take of a transaction, at the most.
func (e *entry) bytes() int64 {
	return int64(len(e.impersonal)+len(e.personal)+len(record.MarkConflict)+2*len(e.event.ID)) + 256 + keysPerEntry*perKey
}

// put adds e to txn, unless the database has it already: entries come in the order of
// their numbers.
func (e *entry) put(txn *badger.Txn, end *codec.Last) error {
	if e.event.Seq <= end.Seq {
		return nil
	}
	end.Seq = e.event.Seq
	end.Entries++
	return e.set(txn)
}

// set writes all keys of e.
func (e *entry) set(txn *badger.Txn) error {
	seq := e.event.Seq
	conflict := e.state == entryConflict
	if conflict {
		// If the first event with the id was removed since the committer looked, this
		// one takes its place.
		first, err := codec.GetName(txn, codec.IDKey(e.event.ID))
		if err != nil {
			return err
		}
		conflict = first != nil
	}
	known, value := e.known(conflict)
	return errors.Join(
		txn.Set(known, value),
		txn.Set(codec.SeqKey(codec.KeyImpersonal, seq), e.impersonal),
		txn.Set(codec.SeqKey(codec.KeyPersonal, seq), e.personal))
}

// known is the key under which [stored] looks for e, and its value.
func (e *entry) known(conflict bool) (key, value []byte) {
	name := codec.Name{Seq: e.event.Seq, Content: e.hash, Time: e.event.Time}
	if conflict {
		return codec.ConflictKey(e.event.ID, e.hash), name.Later()
	}
	return codec.IDKey(e.event.ID), name.First()
}

// appendCall is one call of Append. It has no events where it only asks whether
// the log can be written, or has the follower do a job between two transactions.
type appendCall struct {
	entries []*entry
	// job is for the follower, and comes without entries.
	job  func() error
	left int // entries without an answer
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
