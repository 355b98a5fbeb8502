package view

import (
	"context"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// EventLog is the application log.
type EventLog interface {
	// Events returns one page, newest first, and the cursor of the next one,
	// which is empty when there is none.
	Events(context.Context, query.Events) ([]record.Event, string, error)
	// Event returns an error that wraps record.ErrNotFound if there is none.
	Event(ctx context.Context, seq uint64) (record.Event, error)
}

// RequestLog is the server log.
type RequestLog interface {
	// Requests returns one page, newest first, and the cursor of the next one,
	// which is empty when there is none.
	Requests(context.Context, query.Requests) ([]record.Request, string, error)
	// EachRequest calls yield for all that match, newest first, until it
	// returns an error, which EachRequest returns. A request may be overwritten
	// once yield has returned.
	EachRequest(ctx context.Context, q query.Requests, yield func(*record.Request) error) error
	// Summary returns numbers of requests over time, and rankings.
	Summary(context.Context, query.Summary) (record.Summary, error)
	// Failures returns failed requests in groups, record.MaxFailureGroups at
	// most; the one that failed last comes first.
	Failures(context.Context, query.Failures) ([]record.FailureGroup, error)
}

// ReviewQueue holds the flags of the abuse detection.
type ReviewQueue interface {
	// Flags returns a page, the flag that changed last first.
	Flags(context.Context, query.Flags) ([]record.Flag, string, error)
	// Flag returns a flag with its evidence, or an error that wraps
	// record.ErrNotFound.
	Flag(ctx context.Context, id string) (record.FlagCase, error)
}

// Knowledge is what the abuse detection learned about the application.
type Knowledge interface {
	// Learned returns what matches, sorted by kind and text.
	Learned(context.Context, query.Learned) (record.LearnedList, error)
}
