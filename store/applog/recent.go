package applog

import (
	"encoding/binary"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
)

// recentIDs are the ids of entries that are in the journal and may not be in the
// database yet. It belongs to the committer.
type recentIDs struct {
	byID  map[string][]recentID
	order []*entry
}

type recentID struct {
	hash codec.ContentHash
	seq  uint64
}

func (r *recentIDs) add(e *entry) {
	if r.byID == nil {
		r.byID = map[string][]recentID{}
	}
	r.byID[e.event.ID] = append(r.byID[e.event.ID], recentID{e.hash, e.event.Seq})
	r.order = append(r.order, e)
}

// drop forgets the entries up to a number, which the database has.
func (r *recentIDs) drop(last uint64) {
	n := 0
	for ; n < len(r.order) && r.order[n].event.Seq <= last; n++ {
		// The entries of an id are in the order of their numbers.
		id := r.order[n].event.ID
		if list := r.byID[id]; len(list) > 1 {
			r.byID[id] = list[1:]
		} else {
			delete(r.byID, id)
		}
		r.order[n] = nil
	}
	if r.order = r.order[n:]; len(r.order) == 0 {
		r.order = nil
	}
}

// find looks for an event: seq is 0 if it is not there, and known says that its id
// is, with other content.
func (r *recentIDs) find(e *entry) (seq uint64, known bool) {
	list := r.byID[e.event.ID]
	for _, one := range list {
		if one.hash == e.hash {
			return one.seq, true
		}
	}
	return 0, len(list) > 0
}

// stored is [stored] for the database, r, and the batch in the making.
func (r *recentIDs) stored(txn *badger.Txn, batch *recentIDs, e *entry) (seq uint64, conflict bool, err error) {
	for _, ids := range []*recentIDs{r, batch} {
		seq, known := ids.find(e)
		if seq != 0 {
			return seq, false, nil
		}
		conflict = conflict || known
	}
	seq, inDatabase, err := stored(txn, e.event.ID, e.hash)
	return seq, conflict || inDatabase, err
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
