package service

import (
	"context"
	"crypto/rand"
	"fmt"
	"math"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Events returns a page of entries of the application log, newest first, and the
// cursor of the next page, which is empty if there is none.
func (l *Logs) Events(ctx context.Context, q query.Events) ([]record.Event, string, error) {
	log, err := l.readable(ctx)
	if err != nil {
		return nil, "", err
	}
	return log.Events(ctx, q)
}

// Event returns an entry, or [record.ErrNotFound].
func (l *Logs) Event(ctx context.Context, seq uint64) (record.Event, error) {
	log, err := l.readable(ctx)
	if err != nil {
		return record.Event{}, err
	}
	return log.Event(ctx, seq)
}

// EachEventAfter calls yield for every entry with a greater number than seq, in the
// order of their numbers, until yield returns an error.
func (l *Logs) EachEventAfter(ctx context.Context, seq uint64, yield func(*record.Event) error) error {
	log, err := l.readable(ctx)
	if err != nil || seq == math.MaxUint64 {
		return err
	}
	return log.EachEventFrom(ctx, seq+1, yield)
}

// CountEvents counts the entries that match, up to limit; more reports that there are
// more than that.
func (l *Logs) CountEvents(ctx context.Context, q query.Events, limit int) (n int, more bool, err error) {
	log, err := l.readable(ctx)
	if err != nil {
		return 0, false, err
	}
	return log.Count(ctx, q, limit)
}

// Categories returns the categories of the entries.
func (l *Logs) Categories(ctx context.Context) ([]string, error) {
	log, err := l.readable(ctx)
	if err != nil {
		return nil, err
	}
	return log.Categories(ctx)
}

// Note writes an audit entry, which is on the disk when Note returns. It sets its id,
// category and transport.
func (l *Logs) Note(ctx context.Context, e record.Event) error {
	log, err := l.appLog()
	if err != nil {
		return err
	}
	e.ID, e.Category, e.Transport = "gatebook."+rand.Text(), record.CategoryGatebook, "gate"
	if e.Outcome == "" {
		e.Outcome = record.OutcomeSuccess
	}
	if err := log.Append(ctx, e); err != nil {
		return fmt.Errorf("noting %s: %w", e.Type, err)
	}
	return nil
}
