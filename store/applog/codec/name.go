package codec

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Name is the value of a key that knows an event by its id.
type Name struct {
	Seq uint64
	// Content is that of the first event with the id. The key of a later one has it.
	Content ContentHash
	// Time is that of the event, for when the event itself cannot be read. Older
	// versions did not write it: then it is zero.
	Time time.Time
}

// First is the value for the first event with an id.
func (n *Name) First() []byte { return n.append(n.Content[:]) }

// Later is the value for a later event with the id.
func (n *Name) Later() []byte { return n.append(nil) }

func (n *Name) append(content []byte) []byte {
	value := binary.BigEndian.AppendUint64(append(make([]byte, 0, 1+8+len(content)+8), Version), n.Seq)
	value = append(value, content...)
	if !n.Time.IsZero() {
		value = binary.BigEndian.AppendUint64(value, orderedTime(n.Time))
	}
	return value
}

// ParseName reads the value of a key, whose kind is its first byte.
func ParseName(key, value []byte) (n Name, err error) {
	content := n.Content[:0]
	if len(key) > 0 && key[0] == KeyID {
		content = n.Content[:]
	}
	size := 1 + 8 + len(content)
	if len(value) != size && len(value) != size+8 {
		return n, ErrTruncated
	}
	n.Seq = binary.BigEndian.Uint64(value[1:])
	copy(content, value[1+8:])
	if at := value[size:]; len(at) > 0 {
		n.Time = timeOf(at)
	}
	return n, nil
}

// GetName reads the value of a key that knows an event; nil means that there is none.
func GetName(txn *badger.Txn, key []byte) (*Name, error) {
	value, err := getAny(txn, key)
	if err != nil || value == nil {
		return nil, err
	}
	n, err := ParseName(key, value)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", key, err)
	}
	return &n, nil
}
