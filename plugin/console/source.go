package console

import (
	"context"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Source is one instance, as far as a console reads and changes it.
type Source interface {
	Instance
	EventLog
	RequestLog
	ReviewQueue
	SettingsStore
}

// Instance describes the instance itself.
type Instance interface {
	Instance() string
	// Location is the time zone of the instance's users.
	Location() *time.Location
	Health() record.Health
}

// EventLog is the application log.
type EventLog interface {
	// Events returns one page, newest first, and the cursor of the next one,
	// which is empty when there is none.
	Events(context.Context, query.Events) ([]record.Event, string, error)
	// Event returns an error that wraps record.ErrNotFound if there is none.
	Event(ctx context.Context, seq uint64) (record.Event, error)
	// CountEvents counts the entries that match q, up to limit; more reports that
	// there are more than that. Limit and Cursor of q are ignored.
	CountEvents(ctx context.Context, q query.Events, limit int) (n int, more bool, err error)
	// Note writes an entry of the category gatebook, which is on the disk when
	// Note returns. Id, times, category and transport are filled in.
	Note(context.Context, record.Event) error
	// Categories returns the categories of the log's entries.
	Categories(context.Context) ([]string, error)
	// FollowEvents yields the entries that are recorded from now on, until the
	// context ends, the source closes or the reader is too slow.
	FollowEvents(context.Context) <-chan record.Event
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
	// FollowRequests is like FollowEvents.
	FollowRequests(context.Context) <-chan record.Request
}

// ReviewQueue holds the flags of the abuse detection and takes decisions.
type ReviewQueue interface {
	// Flags returns a page, the flag that changed last first.
	Flags(context.Context, query.Flags) ([]record.Flag, string, error)
	// Flag returns a flag with its evidence, or an error that wraps
	// record.ErrNotFound.
	Flag(ctx context.Context, id string) (record.FlagCase, error)
	// Decide makes a decision; it is on the disk, and in force, when Decide
	// returns. An invalid subject or time is a *record.ParamError; an error
	// that wraps record.ErrNotStoredYet reports that the decision is in force
	// all the same.
	Decide(context.Context, record.DecisionRequest) (record.Flag, error)
	// Spared are addresses that the configuration never refuses.
	Spared() []netip.Prefix
	// Enforces reports whether bans and throttles are enforced.
	Enforces() bool
}

// SettingsStore holds the settings of the application log. An invalid setting is a
// *record.ParamError.
type SettingsStore interface {
	Settings(context.Context) (record.SettingsView, error)
	// PreviewSettings returns what a change would do.
	PreviewSettings(ctx context.Context, want record.LogSettings) (record.SettingsView, error)
	// ChangeSettings makes a change; by is its author.
	ChangeSettings(ctx context.Context, want record.LogSettings, by string) (record.SettingsView, error)
}
