package applog

import (
	"hash/maphash"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
)

// recentIDs knows the entries that are in the journal and may not be in the database
// yet, and those of the batch in the making. It keeps some 50 bytes for each, since
// there may be many. It belongs to the committer.
type recentIDs struct {
	seed maphash.Seed
	// list has the entries in the order of their numbers; list[0] is at position first.
	list  []recentID
	first int
	// newest are the positions of the last entries of each id, by the hash of the id.
	newest map[uint64]int
}

// snapshot is a transaction in which the committer looks for ids. A new transaction
// would wait for the commit that the follower is at. The follower renews it after each
// commit, so that it does not keep what was removed.
type snapshot struct {
	mu  sync.Mutex
	txn *badger.Txn
}

// renew has the snapshot show what is in the database now.
func (s *snapshot) renew(db *badger.DB) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.txn != nil {
		s.txn.Discard()
	}
	s.txn = db.NewTransaction(false)
}

// close ends the transaction.
func (s *snapshot) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.txn != nil {
		s.txn.Discard()
	}
}

// use returns the transaction, which is not renewed until it is released.
func (s *snapshot) use() (txn *badger.Txn, release func()) {
	s.mu.Lock()
	return s.txn, s.mu.Unlock
}

// recentID is one entry.
type recentID struct {
	content codec.ContentHash
	seq     uint64
	// id is a hash with a seed of this process, so that nobody can choose two ids
	// that have the same one.
	id uint64
	// before is the position of the entry before it with the same id; -1 for none.
	before int
}

// add adds an entry after the last one.
func (r *recentIDs) add(seq uint64, id string, content codec.ContentHash) {
	if r.newest == nil {
		r.newest = map[uint64]int{}
	}
	if r.seed == (maphash.Seed{}) {
		r.seed = maphash.MakeSeed()
	}
	one := recentID{content, seq, maphash.String(r.seed, id), -1}
	if at, ok := r.newest[one.id]; ok {
		one.before = at
	}
	r.newest[one.id] = r.first + len(r.list)
	r.list = append(r.list, one)
}

// drop forgets the entries up to a number, which the database has.
func (r *recentIDs) drop(last uint64) {
	n := 0
	for ; n < len(r.list) && r.list[n].seq <= last; n++ {
		if hash := r.list[n].id; r.newest[hash] == r.first {
			delete(r.newest, hash)
		}
		r.first++
	}
	if r.list = r.list[n:]; len(r.list) == 0 {
		r.list = nil
		if r.first > recentKept {
			r.newest, r.first = nil, 0 // a map never gets smaller
		}
	}
}

// recentKept is after how many entries the memory of a map is given back.
const recentKept = 16_384

// undo forgets the entries from a number on.
func (r *recentIDs) undo(from uint64) {
	for n := len(r.list) - 1; n >= 0 && r.list[n].seq >= from; n-- {
		if one := r.list[n]; one.before >= r.first {
			r.newest[one.id] = one.before
		} else {
			delete(r.newest, one.id)
		}
		r.list = r.list[:n]
	}
}

// find looks for an event: seq is 0 if it is not there, and known says that its id
// is, with other content.
func (r *recentIDs) find(id string, content codec.ContentHash) (seq uint64, known bool) {
	if len(r.list) == 0 {
		return 0, false
	}
	at, known := r.newest[maphash.String(r.seed, id)]
	for known && at >= r.first {
		one := &r.list[at-r.first]
		if one.content == content {
			return one.seq, true
		}
		at = one.before
	}
	return 0, known
}

// stored is [stored] for the database and r.
func (r *recentIDs) stored(txn *badger.Txn, e *entry) (seq uint64, conflict bool, err error) {
	seq, conflict = r.find(e.event.ID, e.hash)
	if seq != 0 {
		return seq, false, nil
	}
	seq, inDatabase, err := stored(txn, e.event.ID, e.hash)
	return seq, conflict || inDatabase, err
}

// stored looks for an event: seq is 0 if it is not there, and conflict says
// that its id is, with other content.
func stored(txn *badger.Txn, id string, hash codec.ContentHash) (seq uint64, conflict bool, err error) {
	first, err := codec.GetName(txn, codec.IDKey(id))
	if err != nil || first == nil {
		return 0, false, err
	}
	if first.Content == hash || first.Content == anyContent {
		return first.Seq, false, nil
	}
	for _, h := range []codec.ContentHash{hash, anyContent} {
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

// anyContent stands for the hash of an anonymized event, which would tell
// whether a guess at what was removed is right. Whatever comes with the event's
// id is a duplicate of it, so that telling it again does not bring it back.
var anyContent codec.ContentHash
