package service

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
	"github.com/gatebook/gatebook/record/query"
)

// Flags returns a page of the review queue, the flag that changed last first, and the
// cursor of the next page, which is empty if there is none.
func (l *Logs) Flags(ctx context.Context, q query.Flags) ([]record.Flag, string, error) {
	log, err := l.appLog()
	if err != nil {
		return nil, "", err
	}
	return log.Flags(ctx, q)
}

// Flag returns a flag with the login events from its address, or
// [record.ErrNotFound].
func (l *Logs) Flag(ctx context.Context, id string) (c record.FlagCase, err error) {
	log, err := l.readable(ctx)
	if err != nil {
		return c, err
	}
	if c.Flag, err = log.Flag(ctx, id); err != nil {
		return c, err
	}
	c.Flag = c.At(time.Now())
	c.Logins = []record.Event{}
	for _, seq := range slices.Backward(c.LoginSeqs) {
		e, err := log.Event(ctx, seq)
		if errors.Is(err, record.ErrNotFound) || err == nil && e.Category != record.CategoryLogin {
			continue // deleted since, or another log's number
		}
		if err != nil {
			return c, err
		}
		c.Logins = append(c.Logins, e)
	}
	return c, nil
}

// Bans returns the list of what is banned at now.
func (l *Logs) Bans(ctx context.Context, now time.Time) (banlist.List, error) {
	log, err := l.appLog()
	if err != nil {
		return banlist.List{}, err
	}
	flags, err := allFlags(ctx, log)
	return banlist.List{Instance: l.o.Instance, At: now.In(l.o.Location), Bans: banlist.Of(flags, now)}, err
}
