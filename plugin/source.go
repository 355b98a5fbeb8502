package plugin

import (
	"context"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/service"
)

// An instance is the source of consoles and of the admin endpoint: it finds the open
// logs and leaves the rest to package service.

// Instance is the instance's name.
func (in *instance) Instance() string { return in.name }

// Health returns the health of the logs, StateOpening while they are not open yet.
func (in *instance) Health() record.Health {
	if l := in.ref.Logs(); l != nil {
		h := l.Health()
		h.ServerLog.Dropped += in.unrecorded.Load()
		return h
	}
	return record.Health{Instance: in.name, State: record.StateOpening}
}

// logs returns the open logs, for one use.
func (in *instance) logs() (*service.Logs, error) {
	l := in.ref.Logs()
	if l == nil {
		return nil, logs.ErrNotOpen
	}
	s, err := l.Store()
	if err != nil {
		return nil, err
	}
	return service.New(s, service.Options{
		Instance:    in.name,
		Location:    in.Location(),
		Detector:    l.Detection,
		ReadBarrier: l.Barrier.Wait,
	}), nil
}

// Requests returns a page of the server log.
func (in *instance) Requests(ctx context.Context, q query.Requests) ([]record.Request, string, error) {
	logs, err := in.logs()
	if err != nil {
		return nil, "", err
	}
	return logs.Requests(ctx, q)
}

// EachRequest calls yield for every request that matches.
func (in *instance) EachRequest(ctx context.Context, q query.Requests, yield func(*record.Request) error) error {
	logs, err := in.logs()
	if err != nil {
		return err
	}
	return logs.EachRequest(ctx, q, yield)
}

// Summary counts the requests that match.
func (in *instance) Summary(ctx context.Context, q query.Summary) (record.Summary, error) {
	logs, err := in.logs()
	if err != nil {
		return record.Summary{}, err
	}
	return logs.Summary(ctx, q)
}

// Failures returns the failed requests that match in groups.
func (in *instance) Failures(ctx context.Context, q query.Failures) ([]record.FailureGroup, error) {
	logs, err := in.logs()
	if err != nil {
		return nil, err
	}
	return logs.Failures(ctx, q)
}

// Events returns a page of the application log.
func (in *instance) Events(ctx context.Context, q query.Events) ([]record.Event, string, error) {
	logs, err := in.logs()
	if err != nil {
		return nil, "", err
	}
	return logs.Events(ctx, q)
}

// Event returns an entry of the application log, or record.ErrNotFound.
func (in *instance) Event(ctx context.Context, seq uint64) (record.Event, error) {
	logs, err := in.logs()
	if err != nil {
		return record.Event{}, err
	}
	return logs.Event(ctx, seq)
}

// EachEventAfter calls yield for every entry with a greater number than seq, in the
// order of their numbers.
func (in *instance) EachEventAfter(ctx context.Context, seq uint64, yield func(*record.Event) error) error {
	logs, err := in.logs()
	if err != nil {
		return err
	}
	return logs.EachEventAfter(ctx, seq, yield)
}

// CountEvents counts the entries that match, up to limit.
func (in *instance) CountEvents(ctx context.Context, q query.Events, limit int) (n int, more bool, err error) {
	logs, err := in.logs()
	if err != nil {
		return 0, false, err
	}
	return logs.CountEvents(ctx, q, limit)
}

// Categories returns the categories of the application log's entries.
func (in *instance) Categories(ctx context.Context) ([]string, error) {
	logs, err := in.logs()
	if err != nil {
		return nil, err
	}
	return logs.Categories(ctx)
}

// Note writes an audit entry.
func (in *instance) Note(ctx context.Context, e record.Event) error {
	logs, err := in.logs()
	if err != nil {
		return err
	}
	return logs.Note(ctx, e)
}

// TakeExport returns a slot for an export, if one is free.
func (in *instance) TakeExport() (release func(), ok bool) {
	return in.take(logs.MaxExports, func(l *logs.Logs) *logs.Slots { return &l.Exports })
}

// TakeStream returns a slot for a live stream, if one is free.
func (in *instance) TakeStream() (release func(), ok bool) {
	return in.take(logs.MaxStreams, func(l *logs.Logs) *logs.Slots { return &l.Streams })
}

// take takes a slot of the open logs, so that a reload does not make more of them.
func (in *instance) take(limit int32, of func(*logs.Logs) *logs.Slots) (release func(), ok bool) {
	l := in.ref.Logs()
	if l == nil {
		return func() {}, true // there is nothing to read
	}
	return of(l).Take(limit)
}

// FollowEvents yields the events that are stored from now on.
func (in *instance) FollowEvents(ctx context.Context) <-chan record.Event {
	return follow(ctx, in, func(l *logs.Logs) *logs.Feed[record.Event] { return &l.Events })
}

// FollowRequests yields the requests that are written from now on.
func (in *instance) FollowRequests(ctx context.Context) <-chan record.Request {
	return follow(ctx, in, func(l *logs.Logs) *logs.Feed[record.Request] { return &l.Requests })
}

func follow[T any](ctx context.Context, in *instance, of func(*logs.Logs) *logs.Feed[T]) <-chan T {
	l := in.ref.Logs()
	if l == nil {
		none := make(chan T)
		close(none)
		return none
	}
	return of(l).Follow(ctx, in.stopping)
}

// Location returns the instance's time zone: the one that its people chose, or else the
// configuration's.
func (in *instance) Location() *time.Location {
	if l := in.ref.Logs(); l != nil {
		if zone := l.Zone(); zone != nil {
			return zone
		}
	}
	return in.loc
}

// flagLogs returns the open logs once all flags are in them.
func (in *instance) flagLogs(ctx context.Context) (*service.Logs, error) {
	l := in.ref.Logs()
	if l == nil {
		return nil, logs.ErrNotOpen
	}
	_ = l.Detection.Store(ctx) // it logs an error itself; what is stored can be read
	return in.logs()
}

// Flags returns a page of the review queue.
func (in *instance) Flags(ctx context.Context, q query.Flags) ([]record.Flag, string, error) {
	logs, err := in.flagLogs(ctx)
	if err != nil {
		return nil, "", err
	}
	return logs.Flags(ctx, q)
}

// Flag returns a flag with its evidence and the logins from its address.
func (in *instance) Flag(ctx context.Context, id string) (record.FlagCase, error) {
	logs, err := in.flagLogs(ctx)
	if err != nil {
		return record.FlagCase{}, err
	}
	return logs.Flag(ctx, id)
}

// Decide makes a decision. It is in force and on the disk when Decide returns.
func (in *instance) Decide(ctx context.Context, what record.DecisionRequest) (record.Flag, error) {
	logs, err := in.logs()
	if err != nil {
		return record.Flag{}, err
	}
	return logs.Decide(ctx, what)
}

// Learned returns what the detection takes for true about the application.
func (in *instance) Learned(ctx context.Context, q query.Learned) (record.LearnedList, error) {
	logs, err := in.logs()
	if err != nil {
		return record.LearnedList{}, err
	}
	return logs.Learned(ctx, q)
}

// Correct says what a person says about the application.
func (in *instance) Correct(ctx context.Context, c record.Correction) error {
	logs, err := in.logs()
	if err != nil {
		return err
	}
	return logs.Correct(ctx, c)
}

// UndoCorrection takes back what people said about an item.
func (in *instance) UndoCorrection(ctx context.Context, c record.Correction) error {
	logs, err := in.logs()
	if err != nil {
		return err
	}
	return logs.UndoCorrection(ctx, c)
}

// Enforces reports whether bans and throttles are enforced.
func (in *instance) Enforces() bool {
	return in.settings.Abuse != nil && in.settings.Abuse.Mode == ModeEnforce
}

// FirstBan is how long a first ban lasts, and any decision without a length.
func (in *instance) FirstBan() time.Duration {
	if s := in.settings.Abuse; s != nil && s.Ban > 0 {
		return time.Duration(s.Ban)
	}
	return abuse.FirstBan
}

// Spared returns the addresses that the configuration never refuses.
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

// Interface guards
var _ console.Source = (*instance)(nil)
