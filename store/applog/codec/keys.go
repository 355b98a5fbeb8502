package codec

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/record/spelling"
)

// The first byte of every key of the application log: docs/format.md, "app/".
const (
	KeyImpersonal = 'e' // seq: the impersonal part
	KeyPersonal   = 'p' // seq: the personal part; absent once anonymized
	KeyID         = 'i' // id: the first event with that id
	KeyConflict   = 'x' // id, content hash: a later event with that id
	KeyLast       = 'n' // the last seq, and how many events there are
	KeyFlag       = 'k' // id: a flag, without its evidence
	KeyEvidence   = 'v' // id: the requests that prove a flag
	KeyKnown      = 'u' // place, address or session, user: when the user was last seen; deleted after a day, an account after 30
	KeyLearned    = 'l' // name: what the detection learned about the application
	keySetting    = 'g' // name: the policy, the last retention run and the like
	KeyFlush      = 'f' // there for a moment, to have the memtables written
	KeyDamage     = 'd' // how many events are lost; absent while none is
	KeyHead       = 'h' // block: its range of times
	KeyBlock      = 'b' // block: the searched fields of its events

	IndexTime      = 't'
	IndexCategory  = 'c' // name, 0
	IndexSubject   = 's' // hash of an id or of type:id
	IndexInitiator = 'w' // hash of an id, an e-mail address or a name
	IndexType      = 'y' // hash
	IndexOutcome   = 'o' // hash; successes are not in it, for most events are
)

// PositionSize is the length of a position: time and seq, which end every index key.
const PositionSize = 16

// Position is where an event stands in every index: ordered as bytes, positions
// are ordered by time and then by seq.
type Position [PositionSize]byte

// NewPosition is the position of an event in every index.
func NewPosition(t time.Time, seq uint64) (p Position) {
	binary.BigEndian.PutUint64(p[:8], orderedTime(t))
	binary.BigEndian.PutUint64(p[8:], seq)
	return p
}

// Time is the time of the event at p.
func (p Position) Time() time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(p[:8]) ^ 1<<63)).UTC()
}

// Seq is the number of the event at p.
func (p Position) Seq() uint64 { return binary.BigEndian.Uint64(p[8:]) }

// Before is the last position ahead of p; ok is false where there is none.
func (p Position) Before() (_ Position, ok bool) {
	for i := PositionSize - 1; i >= 0; i-- {
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

// SeqKey is the key of a kind for an event's or a block's number.
func SeqKey(kind byte, seq uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{kind}, seq)
}

// IDKey is the key of the first event with an id.
func IDKey(id string) []byte { return append([]byte{KeyID}, id...) }

// ConflictKey needs nothing between id and hash: the hash has a fixed length.
func ConflictKey(id string, hash ContentHash) []byte {
	return append(append([]byte{KeyConflict}, id...), hash[:]...)
}

// CategoryPrefix is the prefix of a category in its index.
func CategoryPrefix(name string) []byte {
	return append(append([]byte{IndexCategory}, name...), 0)
}

// termPrefix stands for a value in an index. Two values may share it: every row
// is verified, so an index may hold too much, never too little.
func termPrefix(index byte, value string) []byte {
	sum := sha256.Sum256([]byte(value))
	return append(append(make([]byte, 0, 1+8+PositionSize), index), sum[:8]...)
}

// ImpersonalIndex lists the prefixes under which e is found by what names nobody.
func ImpersonalIndex(e *record.Event) [][]byte {
	list := [][]byte{{IndexTime}, CategoryPrefix(e.Category)}
	if s := e.Subject; s != nil {
		list = append(list, termPrefix(IndexSubject, fold(s.ID)), termPrefix(IndexSubject, fold(s.Type+":"+s.ID)))
	}
	if e.Type != "" {
		list = append(list, termPrefix(IndexType, e.Type))
	}
	if e.Outcome != "" && e.Outcome != record.OutcomeSuccess {
		list = append(list, termPrefix(IndexOutcome, e.Outcome))
	}
	return list
}

// PersonalIndex lists the prefixes under which e is found by who did it. They
// follow from the personal part alone, and go with it.
func PersonalIndex(e *record.Event) [][]byte {
	if e.Initiator == nil {
		return nil
	}
	var list [][]byte
	for _, value := range []string{e.Initiator.ID, e.Initiator.Email, e.Initiator.Name} {
		prefix := termPrefix(IndexInitiator, fold(value))
		if value != "" && !ContainsKey(list, prefix) {
			list = append(list, prefix)
		}
	}
	return list
}

// ContainsKey reports whether key is in list.
func ContainsKey(list [][]byte, key []byte) bool {
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

// QueryIndex lists the prefixes that together hold everything q asks for: those
// of the filter that usually leaves the fewest.
func QueryIndex(q *query.Events) [][]byte {
	for _, list := range [][][]byte{
		prefixes(spellings(q.Subjects), func(v string) []byte { return termPrefix(IndexSubject, fold(v)) }),
		prefixes(spellings(q.Initiators), func(v string) []byte { return termPrefix(IndexInitiator, fold(v)) }),
		prefixes(q.Types, func(v string) []byte {
			if strings.HasSuffix(v, "*") {
				return nil
			}
			return termPrefix(IndexType, v)
		}),
		prefixes(q.Outcomes, func(v string) []byte {
			if v == record.OutcomeSuccess {
				return nil
			}
			return termPrefix(IndexOutcome, v)
		}),
		prefixes(q.Categories, CategoryPrefix),
	} {
		if len(list) > 0 {
			return list
		}
	}
	return [][]byte{{IndexTime}}
}

// spellings adds to values how they may have been stored otherwise. The hashes in the
// indexes are those of what was stored: so all that was ever stored is found.
func spellings(values []string) (list []string) {
	for _, v := range values {
		list = append(list, spelling.Spellings(v)...)
	}
	return list
}

// prefixes lists the index prefixes of a filter's values, each once; none where
// a value is not indexed, or where there are too many.
func prefixes(values []string, of func(string) []byte) (list [][]byte) {
	for _, v := range values {
		prefix := of(v)
		if v == "" || prefix == nil { // what is empty is in no index
			return nil
		}
		if !ContainsKey(list, prefix) {
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

// ParseSeq reads the number in a key that SeqKey made.
func ParseSeq(key []byte) (uint64, error) {
	if len(key) != 1+8 {
		return 0, fmt.Errorf("it has %d bytes, not 9", len(key))
	}
	return binary.BigEndian.Uint64(key[1:]), nil
}

// IndexKeys are all index keys of an event.
func IndexKeys(e *record.Event) [][]byte {
	at := NewPosition(e.Time, e.Seq)
	keys := append(ImpersonalIndex(e), PersonalIndex(e)...)
	for i := range keys {
		keys[i] = append(keys[i], at[:]...)
	}
	return keys
}

// SettingKey is the key of a setting.
func SettingKey(name string) []byte { return append([]byte{keySetting}, name...) }

// FlagKey is the key of a kind for a flag's id.
func FlagKey(kind byte, id string) []byte { return append([]byte{kind}, id...) }
