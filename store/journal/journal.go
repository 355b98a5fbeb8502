package journal

import "context"

// Batch is what one append makes durable.
type Batch struct {
	// First is the number of the first event, and Count how many there are: their
	// numbers follow on each other. A batch of none only proves that the journal
	// can be written.
	First uint64
	Count uint32
	// Payload means nothing to the journal.
	Payload []byte
}

// Last is the number of the last event of the batch.
func (b Batch) Last() uint64 { return b.First + uint64(b.Count) - 1 }

// Journal keeps batches in order. Append and Follow may be called from any
// goroutine.
type Journal interface {
	// Append returns when the batch is durable. Batches come in the order of their
	// numbers. After an error the batch may be in the journal or not; Follow tells,
	// and the next Append that succeeds makes durable what Follow has handed out
	// before.
	Append(ctx context.Context, b Batch) error
	// Follow calls apply for each batch with an event after a number, in order, up
	// to the last one that was appended before the call. It returns the first
	// error of apply. A batch's payload must not be kept.
	Follow(ctx context.Context, after uint64, apply func(Batch) error) error
}
