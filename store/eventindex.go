package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"
	"unicode"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// The first byte of every key of the application log: docs/format.md, "app/".
const (
	keyImpersonal = 'e' // seq: what names nobody
	keyPersonal   = 'p' // seq: what identifies people; absent once anonymized
	keyID         = 'i' // id: the first event with that id
	keyConflict   = 'x' // id, content hash: a later event with that id
	keyTail       = 'n' // the last seq, and how many events there are
	keyFlag       = 'k' // id: a flag, without its evidence
	keyEvidence   = 'v' // id: the requests that prove a flag
	keyKnown      = 'u' // place, address or session, user: when they were last there; gone after a day
	keySetting    = 'g' // name: the policy, the last retention run and the like
	keyFlush      = 'f' // there for a moment, to have the memtables written
	keyDamage     = 'd' // how many events are lost; absent while none is
	keyHead       = 'h' // block: what tells whether a block can match
	keyBlock      = 'b' // block: what is searched of its events

	indexTime      = 't'
	indexCategory  = 'c' // name, 0
	indexSubject   = 's' // hash of an id or of type:id
	indexInitiator = 'w' // hash of an id, an e-mail address or a name
	indexType      = 'y' // hash
	indexOutcome   = 'o' // hash; successes are not in it, for most events are
)

// posSize is the length of a position: time and seq, which end every index key.
const posSize = 16

// eventPos is where an event stands in every index: ordered as bytes, positions
// are ordered by time and then by seq.
type eventPos [posSize]byte

func newEventPos(t time.Time, seq uint64) (p eventPos) {
	binary.BigEndian.PutUint64(p[:8], orderedTime(t))
	binary.BigEndian.PutUint64(p[8:], seq)
	return p
}

func (p eventPos) time() time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(p[:8]) ^ 1<<63)).UTC()
}

func (p eventPos) seq() uint64 { return binary.BigEndian.Uint64(p[8:]) }

// before is the last position ahead of p; ok is false where there is none.
func (p eventPos) before() (_ eventPos, ok bool) {
	for i := posSize - 1; i >= 0; i-- {
		p[i]--
		if p[i] != 0xff {
			return p, true
		}
	}
	return p, false
}

// orderedTime is t in microseconds such that earlier times are smaller, those
// before 1970 included. Times outside of what UnixMicro can say are clamped.
func orderedTime(t time.Time) uint64 {
	us := t.UnixMicro()
	if year := t.UTC().Year(); year > 9999 {
		us = 1<<63 - 1
	} else if year < 0 {
		us = -1 << 63
	}
	return uint64(us) ^ 1<<63
}

func seqKey(kind byte, seq uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{kind}, seq)
}

func idKey(id string) []byte { return append([]byte{keyID}, id...) }

// conflictKey needs nothing between id and hash: the hash has a fixed length.
func conflictKey(id string, hash contentHash) []byte {
	return append(append([]byte{keyConflict}, id...), hash[:]...)
}

func categoryPrefix(name string) []byte {
	return append(append([]byte{indexCategory}, name...), 0)
}

// termPrefix stands for a value in an index. Two values may share it: every row
// is verified, so an index may hold too much, never too little.
func termPrefix(index byte, value string) []byte {
	sum := sha256.Sum256([]byte(value))
	return append(append(make([]byte, 0, 1+8+posSize), index), sum[:8]...)
}

// impersonalIndex lists the prefixes under which e is found by what names nobody.
func impersonalIndex(e *record.Event) [][]byte {
	list := [][]byte{{indexTime}, categoryPrefix(e.Category)}
	if s := e.Subject; s != nil {
		list = append(list, termPrefix(indexSubject, fold(s.ID)), termPrefix(indexSubject, fold(s.Type+":"+s.ID)))
	}
	if e.Type != "" {
		list = append(list, termPrefix(indexType, e.Type))
	}
	if e.Outcome != "" && e.Outcome != record.OutcomeSuccess {
		list = append(list, termPrefix(indexOutcome, e.Outcome))
	}
	return list
}

// personalIndex lists the prefixes under which e is found by who did it. They
// follow from the personal part alone, and go with it.
func personalIndex(e *record.Event) [][]byte {
	if e.Initiator == nil {
		return nil
	}
	var list [][]byte
	for _, value := range []string{e.Initiator.ID, e.Initiator.Email, e.Initiator.Name} {
		prefix := termPrefix(indexInitiator, fold(value))
		if value != "" && !containsKey(list, prefix) {
			list = append(list, prefix)
		}
	}
	return list
}

func containsKey(list [][]byte, key []byte) bool {
	for _, k := range list {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return false
}

// maxMerged is how many values of a filter are read side by side; a question for
// more of them reads the log by time.
const maxMerged = 16

// queryIndex lists the prefixes that together hold everything q asks for: those
// of the filter that usually leaves the fewest.
func queryIndex(q *query.Events) [][]byte {
	for _, list := range [][][]byte{
		prefixes(q.Subjects, func(v string) []byte { return termPrefix(indexSubject, fold(v)) }),
		prefixes(q.Initiators, func(v string) []byte { return termPrefix(indexInitiator, fold(v)) }),
		prefixes(q.Types, func(v string) []byte {
			if strings.HasSuffix(v, "*") {
				return nil
			}
			return termPrefix(indexType, v)
		}),
		prefixes(q.Outcomes, func(v string) []byte {
			if v == record.OutcomeSuccess {
				return nil
			}
			return termPrefix(indexOutcome, v)
		}),
		prefixes(q.Categories, categoryPrefix),
	} {
		if len(list) > 0 {
			return list
		}
	}
	return [][]byte{{indexTime}}
}

// prefixes lists the index prefixes of a filter's values, each once; none where
// a value is not indexed, or where there are too many.
func prefixes(values []string, of func(string) []byte) (list [][]byte) {
	for _, v := range values {
		prefix := of(v)
		if v == "" || prefix == nil { // what is empty is in no index
			return nil
		}
		if !containsKey(list, prefix) {
			list = append(list, prefix)
		}
		if len(list) > maxMerged {
			return nil
		}
	}
	return list
}

// fold makes equal what strings.EqualFold calls equal, which strings.ToLower
// does not (ſ and s).
func fold(s string) string { return strings.Map(foldRune, s) }

func foldRune(r rune) rune {
	if r < unicode.MaxASCII {
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	lowest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		lowest = min(lowest, next)
	}
	return lowest
}
