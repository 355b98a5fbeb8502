package console

import (
	"context"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Source is one instance's books, as much of them as a console may read.
type Source interface {
	Instance() string
	// Location is the time zone that the instance's people live in.
	Location() *time.Location
	// Events returns one page, newest first, and the cursor of the next one,
	// which is empty when there is none.
	Events(context.Context, query.Events) ([]record.Event, string, error)
	// Event returns an error that wraps record.ErrNotFound if there is none.
	Event(ctx context.Context, seq uint64) (record.Event, error)
	// CountEvents counts what q asks for, up to most; more says that there are
	// more than that. Limit and Cursor play no part.
	CountEvents(ctx context.Context, q query.Events, most int) (n int, more bool, err error)
	// Note writes an entry of the category gatebook, which is on the disk when
	// Note returns. Id, times, category and transport are filled in.
	Note(context.Context, record.Event) error
	// Settings tells how long entries are kept, PreviewSettings what a change
	// would do, and ChangeSettings makes it; by is who wants it. A setting that
	// cannot be is a *record.ParamError.
	Settings(context.Context) (record.SettingsView, error)
	PreviewSettings(ctx context.Context, want record.LogSettings) (record.SettingsView, error)
	ChangeSettings(ctx context.Context, want record.LogSettings, by string) (record.SettingsView, error)
	// Categories returns the names that entries carry.
	Categories(context.Context) ([]string, error)
	// Requests is like Events.
	Requests(context.Context, query.Requests) ([]record.Request, string, error)
	// EachRequest calls yield for all that match, newest first, until it
	// returns an error, which EachRequest returns. A request may be overwritten
	// once yield has returned.
	EachRequest(ctx context.Context, q query.Requests, yield func(*record.Request) error) error
	// Summary tells of requests in numbers.
	Summary(context.Context, query.Summary) (record.Summary, error)
	// Failures returns failed requests in groups, record.MaxFailureGroups at
	// most; the one that failed last comes first.
	Failures(context.Context, query.Failures) ([]record.FailureGroup, error)
	// Flags returns a page of the review queue, the flag that changed last first,
	// and Flag one with its evidence, or an error that wraps record.ErrNotFound.
	Flags(context.Context, query.Flags) ([]record.Flag, string, error)
	Flag(ctx context.Context, id string) (record.FlagCase, error)
	// Spared are addresses that the configuration never has refused, and Enforces
	// reports whether anybody is.
	Spared() []netip.Prefix
	Enforces() bool
	// Decide does what somebody decides; it is on the disk, and holds, when Decide
	// returns. A subject or a time that cannot be is a *record.ParamError; an error
	// that wraps record.ErrNotStoredYet says that it holds all the same.
	Decide(context.Context, record.DecisionRequest) (record.Flag, error)
	// FollowEvents and FollowRequests yield what is recorded from now on, until
	// the context ends, the source closes or the reader is too slow.
	FollowEvents(context.Context) <-chan record.Event
	FollowRequests(context.Context) <-chan record.Request
	Health() record.Health
}
