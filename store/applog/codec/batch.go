package codec

import (
	"encoding/binary"
	"fmt"

	"github.com/gatebook/gatebook/store/kv"
)

// BatchEvents is the first byte of a batch in the journal: what kind it is of.
// docs/format.md describes it.
const BatchEvents = 1

// AppendPart adds an event to a batch in the making, which begins with its kind.
func AppendPart(batch, impersonal, personal []byte) []byte {
	for _, part := range [][]byte{impersonal, personal} {
		batch = binary.AppendUvarint(batch, uint64(len(part)))
		batch = append(batch, part...)
	}
	return batch
}

// EachOfBatch calls f for the two parts of each event of a batch, which share its
// memory.
func EachOfBatch(batch []byte, f func(impersonal, personal []byte) error) error {
	if len(batch) == 0 {
		return ErrTruncated
	}
	if batch[0] != BatchEvents {
		return fmt.Errorf("a batch of kind %d: %w", batch[0], kv.ErrNewer)
	}
	for rest := batch[1:]; len(rest) > 0; {
		impersonal, after, err := cutSized(rest)
		if err != nil {
			return err
		}
		personal, after, err := cutSized(after)
		if err != nil {
			return err
		}
		if err := f(impersonal, personal); err != nil {
			return err
		}
		rest = after
	}
	return nil
}
