package backend

import (
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// batch collects requests, so that many are written at a time.
type batch struct {
	waiting []record.Request
	write   func(...record.Request) error
}

func (b *batch) add(r record.Request) error {
	if b.waiting = append(b.waiting, r); len(b.waiting) < query.MaxLimit {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	if len(b.waiting) == 0 {
		return nil
	}
	err := b.write(b.waiting...)
	b.waiting = b.waiting[:0]
	return err
}
