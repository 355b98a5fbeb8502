package codec

import (
	"encoding/binary"
	"fmt"
	"time"
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
	KeyTerms      = 'q' // block: its categories, and a filter of what its events are found by
)

// OldIndexes are the first bytes of keys that older versions wrote for each event: by
// time, category, subject, initiator, type and outcome. They end with a position.
const (
	OldIndexes   = "tcswyo"
	OldIndexTime = 't'
)

// PositionSize is the length of a position.
const PositionSize = 16

// Position is where a list shows an event: ordered as bytes, positions are ordered by
// time and then by seq.
type Position [PositionSize]byte

// NewPosition is the position of an event.
func NewPosition(t time.Time, seq uint64) (p Position) {
	binary.BigEndian.PutUint64(p[:8], orderedTime(t))
	binary.BigEndian.PutUint64(p[8:], seq)
	return p
}

// Time is the time of the event at p.
func (p Position) Time() time.Time { return timeOf(p[:8]) }

// timeOf reads what orderedTime made.
func timeOf(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b) ^ 1<<63)).UTC()
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

// ParseSeq reads the number in a key that SeqKey made.
func ParseSeq(key []byte) (uint64, error) {
	if len(key) != 1+8 {
		return 0, fmt.Errorf("it has %d bytes, not 9", len(key))
	}
	return binary.BigEndian.Uint64(key[1:]), nil
}

// SettingKey is the key of a setting.
func SettingKey(name string) []byte { return append([]byte{keySetting}, name...) }

// FlagKey is the key of a kind for a flag's id.
func FlagKey(kind byte, id string) []byte { return append([]byte{kind}, id...) }
