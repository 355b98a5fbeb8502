// Package dedup tells whether an event is in the application log already: in the
// database, or in the journal and not yet applied.
package dedup

import (
	"hash/maphash"

	"github.com/gatebook/gatebook/store/applog/codec"
)

// Recent knows the events that are in the journal and may not be in the database
// yet, and those of the batch in the making. It keeps some 50 bytes for each, since
// there may be many. It belongs to the committer.
type Recent struct {
	seed maphash.Seed
	// list has the entries in the order of their numbers; list[0] is at position first.
	list  []recentID
	first int
	// newest are the positions of the last entries of each id, by the hash of the id.
	newest map[uint64]int
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

// Add adds an entry after the last one.
func (r *Recent) Add(seq uint64, id string, content codec.ContentHash) {
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

// Drop forgets the entries up to a number, which the database has.
func (r *Recent) Drop(last uint64) {
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

// Len is how many events it knows.
func (r *Recent) Len() int { return len(r.list) }

// recentKept is after how many entries the memory of a map is given back.
const recentKept = 16_384

// Undo forgets the entries from a number on.
func (r *Recent) Undo(from uint64) {
	for n := len(r.list) - 1; n >= 0 && r.list[n].seq >= from; n-- {
		if one := r.list[n]; one.before >= r.first {
			r.newest[one.id] = one.before
		} else {
			delete(r.newest, one.id)
		}
		r.list = r.list[:n]
	}
}

// Find looks for an event: seq is 0 if it is not there, and known says that its id
// is, with other content.
func (r *Recent) Find(id string, content codec.ContentHash) (seq uint64, known bool) {
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
