package codec

import (
	"encoding/binary"
	"fmt"

	"github.com/gatebook/gatebook/store/kv"
)

// BatchEvents is the first byte of a batch in the journal: what kind it is of.
// docs/format.md describes it.
const BatchEvents = 1

// BatchEvent is an event of a batch, encoded.
type BatchEvent struct {
	Hash                 ContentHash
	Impersonal, Personal []byte
}

// Append adds e to a batch in the making, which begins with its kind.
func (e BatchEvent) Append(batch []byte) []byte {
	batch = append(batch, e.Hash[:]...)
	batch = append(binary.AppendUvarint(batch, uint64(len(e.Impersonal))), e.Impersonal...)
	return append(binary.AppendUvarint(batch, uint64(len(e.Personal))), e.Personal...)
}

// EachOfBatch calls f for each event of a batch, in order. The parts of the event
// share the memory of the batch.
func EachOfBatch(batch []byte, f func(BatchEvent) error) error {
	if len(batch) == 0 {
		return ErrTruncated
	}
	if batch[0] != BatchEvents {
		return fmt.Errorf("a batch of kind %d: %w", batch[0], kv.ErrNewer)
	}
	for rest := batch[1:]; len(rest) > 0; {
		var e BatchEvent
		if copy(e.Hash[:], rest) < len(e.Hash) {
			return ErrTruncated
		}
		var err error
		if e.Impersonal, rest, err = cutSized(rest[len(e.Hash):]); err != nil {
			return err
		}
		if e.Personal, rest, err = cutSized(rest); err != nil {
			return err
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}
