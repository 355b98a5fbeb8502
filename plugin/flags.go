package plugin

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Flags returns a page of the review queue.
func (in *instance) Flags(ctx context.Context, q query.Flags) ([]record.Flag, string, error) {
	b, err := in.flagBooks(ctx)
	if err != nil {
		return nil, "", err
	}
	log, err := b.events()
	if err != nil {
		return nil, "", err
	}
	return log.Flags(ctx, q)
}

// flagBooks are the books once all flags are in them.
func (in *instance) flagBooks(ctx context.Context) (*books, error) {
	b := in.books.Load()
	if b == nil {
		return nil, errNotOpen
	}
	_ = b.detection.store(ctx) // it has told why; what is stored can be read
	return b, nil
}

// Flag is one with its evidence and the logins from its address.
func (in *instance) Flag(ctx context.Context, id string) (c record.FlagCase, err error) {
	b, err := in.flagBooks(ctx)
	if err != nil {
		return c, err
	}
	log, err := b.reading(ctx)
	if err != nil {
		return c, err
	}
	if c.Flag, err = log.Flag(ctx, id); err != nil {
		return c, err
	}
	c.Logins = []record.Event{}
	for _, seq := range slices.Backward(c.LoginSeqs) {
		e, err := log.Event(ctx, seq)
		if errors.Is(err, record.ErrNotFound) || err == nil && e.Category != categoryLogin {
			continue // deleted since, or another log's number
		}
		if err != nil {
			return c, err
		}
		c.Logins = append(c.Logins, e)
	}
	return c, nil
}

// Enforces reports whether anybody is refused.
func (in *instance) Enforces() bool {
	return in.settings.Abuse != nil && in.settings.Abuse.Mode == ModeEnforce
}

// Spared are the addresses that the configuration says are never refused.
func (in *instance) Spared() (list []netip.Prefix) {
	if s := in.settings.Abuse; s != nil {
		for _, text := range s.Allow {
			if p, err := record.ParsePrefix(text); err == nil { // it was checked
				list = append(list, p)
			}
		}
	}
	return list
}
