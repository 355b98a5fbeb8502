package dedup

import (
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
)

// Snapshot is a transaction in which the committer looks for ids. A new transaction
// would wait for the commit that the follower is at. The follower renews it after each
// commit, so that it does not keep what was removed.
type Snapshot struct {
	mu  sync.Mutex
	txn *badger.Txn
}

// Renew has the snapshot show what is in the database now.
func (s *Snapshot) Renew(db *badger.DB) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.txn != nil {
		s.txn.Discard()
	}
	s.txn = db.NewTransaction(false)
}

// Close ends the transaction.
func (s *Snapshot) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.txn != nil {
		s.txn.Discard()
	}
}

// Use returns the transaction, which is not renewed until it is released.
func (s *Snapshot) Use() (txn *badger.Txn, release func()) {
	s.mu.Lock()
	return s.txn, s.mu.Unlock
}

// Stored looks for an event in r and in the database: seq is 0 if it is not there, and
// conflict says that its id is, with other content.
func (r *Recent) Stored(txn *badger.Txn, id string, content codec.ContentHash) (seq uint64, conflict bool, err error) {
	seq, conflict = r.Find(id, content)
	if seq != 0 {
		return seq, false, nil
	}
	seq, inDatabase, err := stored(txn, id, content)
	return seq, conflict || inDatabase, err
}

// stored looks for an event: seq is 0 if it is not there, and conflict says
// that its id is, with other content.
func stored(txn *badger.Txn, id string, hash codec.ContentHash) (seq uint64, conflict bool, err error) {
	first, err := codec.GetName(txn, codec.IDKey(id))
	if err != nil || first == nil {
		return 0, false, err
	}
	if first.Content == hash || first.Content == AnyContent {
		return first.Seq, false, nil
	}
	for _, h := range []codec.ContentHash{hash, AnyContent} {
		later, err := codec.GetName(txn, codec.ConflictKey(id, h))
		if err != nil {
			return 0, true, err
		}
		if later != nil {
			return later.Seq, false, nil
		}
	}
	return 0, true, nil
}

// AnyContent stands for the hash of an anonymized event, which would tell
// whether a guess at what was removed is right. Whatever comes with the event's
// id is a duplicate of it, so that telling it again does not bring it back.
var AnyContent codec.ContentHash
