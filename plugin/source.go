package plugin

import (
	"context"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/serverlog"
)

// What follows makes an instance a source of records for consoles and for the
// admin endpoint.

// Instance is the instance's name.
func (in *instance) Instance() string { return in.name }

// Health is the books' health, StateOpening while there are none yet.
func (in *instance) Health() record.Health {
	if b := in.books.Load(); b != nil {
		h := b.health()
		h.ServerLog.Dropped += in.missed.Load()
		return h
	}
	return record.Health{Instance: in.name, State: record.StateOpening}
}

// Requests answers a question about the server log.
func (in *instance) Requests(ctx context.Context, q query.Requests) ([]record.Request, string, error) {
	log, err := in.requests()
	if err != nil {
		return nil, "", err
	}
	return log.Requests(ctx, q)
}

// EachRequest calls yield for every request that is asked for.
func (in *instance) EachRequest(ctx context.Context, q query.Requests, yield func(*record.Request) error) error {
	log, err := in.requests()
	if err != nil {
		return err
	}
	return log.Each(ctx, q, yield)
}

// Summary tells in numbers of the requests that are asked for.
func (in *instance) Summary(ctx context.Context, q query.Summary) (record.Summary, error) {
	log, err := in.requests()
	if err != nil {
		return record.Summary{}, err
	}
	return log.Summary(ctx, q)
}

// Failures returns the failed requests that are asked for in groups.
func (in *instance) Failures(ctx context.Context, q query.Failures) ([]record.FailureGroup, error) {
	log, err := in.requests()
	if err != nil {
		return nil, err
	}
	return log.Failures(ctx, q)
}

// Events answers a question about the application log.
func (in *instance) Events(ctx context.Context, q query.Events) ([]record.Event, string, error) {
	log, err := in.reading(ctx)
	if err != nil {
		return nil, "", err
	}
	return log.Events(ctx, q)
}

// Event is one entry of the application log, or record.ErrNotFound.
func (in *instance) Event(ctx context.Context, seq uint64) (record.Event, error) {
	log, err := in.reading(ctx)
	if err != nil {
		return record.Event{}, err
	}
	return log.Event(ctx, seq)
}

// CountEvents counts the entries that are asked for, up to most.
func (in *instance) CountEvents(ctx context.Context, q query.Events, most int) (n int, more bool, err error) {
	log, err := in.reading(ctx)
	if err != nil {
		return 0, false, err
	}
	return log.Count(ctx, q, most)
}

// Categories are those that the application log has entries of.
func (in *instance) Categories(ctx context.Context) ([]string, error) {
	log, err := in.reading(ctx)
	if err != nil {
		return nil, err
	}
	return log.Categories(ctx)
}

// FollowEvents yields the events that are stored from now on.
func (in *instance) FollowEvents(ctx context.Context) <-chan record.Event {
	return follow(ctx, in, func(b *books) *logs.Feed[record.Event] { return &b.newEvents })
}

// FollowRequests yields the requests that are written from now on.
func (in *instance) FollowRequests(ctx context.Context) <-chan record.Request {
	return follow(ctx, in, func(b *books) *logs.Feed[record.Request] { return &b.newRequests })
}

func follow[T any](ctx context.Context, in *instance, of func(*books) *logs.Feed[T]) <-chan T {
	b := in.books.Load()
	if b == nil {
		none := make(chan T)
		close(none)
		return none
	}
	return of(b).Follow(ctx, in.stopping)
}

func (in *instance) requests() (*serverlog.Log, error) {
	if b := in.books.Load(); b != nil {
		return b.requests()
	}
	return nil, errNotOpen
}

func (in *instance) events() (*applog.Log, error) {
	if b := in.books.Load(); b != nil {
		return b.events()
	}
	return nil, errNotOpen
}

// Interface guards
var _ console.Source = (*instance)(nil)
