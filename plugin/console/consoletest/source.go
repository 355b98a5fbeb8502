package consoletest

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Source is a source in memory, its records oldest first.
type Source struct {
	mu          sync.Mutex
	Zone        *time.Location
	EventList   []record.Event
	RequestList []record.Request
	State       record.Health
	Policy      record.LogPolicy
	FlagList    []record.Flag
	// Knowledge was learned about the application.
	Knowledge []record.LearnedItem
	Mature    bool
	// Logins came from every flag's address.
	Logins []record.Event
	// Later is how long after now it is.
	Later   time.Duration
	LastRun *record.RetentionRun
	// Effects, if set, are those of every change.
	Effects []record.SettingsEffect
	// NoteFails, if set, is why nothing can be noted.
	NoteFails error
	// Fail, if set, is asked before each list is read.
	Fail func(cursor string) error
}

func (b *Source) Instance() string         { return "acme" }
func (b *Source) Location() *time.Location { return b.Zone }

func (b *Source) Events(_ context.Context, q query.Events) ([]record.Event, string, error) {
	return pageOf(b, b.EventList, q.Limit, q.Cursor, q.Match)
}

func (b *Source) Requests(_ context.Context, q query.Requests) ([]record.Request, string, error) {
	return pageOf(b, b.RequestList, q.Limit, q.Cursor, q.Match)
}

// EachRequest overwrites what it has yielded, as a source may.
func (b *Source) EachRequest(_ context.Context, q query.Requests, yield func(*record.Request) error) error {
	for cursor := ""; ; {
		page, next, err := pageOf(b, b.RequestList, query.MaxLimit, cursor, q.Match)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := yield(&r); err != nil {
				return err
			}
			r = record.Request{Path: "overwritten"}
		}
		if cursor = next; next == "" {
			return nil
		}
	}
}

func (b *Source) Flags(_ context.Context, q query.Flags) ([]record.Flag, string, error) {
	now := make([]record.Flag, len(b.FlagList))
	for i := range now {
		now[i] = b.FlagList[i].At(b.Now())
	}
	return pageOf(b, now, q.Limit, q.Cursor, q.Match)
}

func (b *Source) Spared() []netip.Prefix  { return nil }
func (b *Source) Enforces() bool          { return true }
func (b *Source) FirstBan() time.Duration { return 15 * time.Minute }

func (b *Source) Flag(_ context.Context, id string) (record.FlagCase, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.FlagList {
		if f.ID == id {
			return record.FlagCase{Flag: f.At(b.Now()), Logins: b.Logins}, nil
		}
	}
	return record.FlagCase{}, record.ErrNotFound
}

// Decide notes the decision and does what it says.
func (b *Source) Decide(_ context.Context, d record.DecisionRequest) (record.Flag, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.FlagList, func(f record.Flag) bool { return f.Subject == d.Subject })
	if i < 0 {
		b.FlagList = append(b.FlagList, record.Flag{ID: d.Subject.Value, Subject: d.Subject, State: record.FlagObserved, Review: record.ReviewNew})
		i = len(b.FlagList) - 1
	}
	f := &b.FlagList[i]
	one := record.Decision{Decision: d.Decision, At: time.Now(), By: d.By, Note: d.Note}
	if d.For > 0 {
		one.Until = one.At.Add(d.For)
	}
	f.Changed = one.At
	if d.Note != "" {
		f.Notes = append(f.Notes, record.Note{At: one.At, By: d.By, Text: d.Note})
	}
	if d.Decision == "" {
		return *f, nil
	}
	f.Decisions = append(f.Decisions, one)
	state := map[record.DecisionKind]record.FlagState{
		record.DecideBan: record.FlagBanned, record.DecideThrottle: record.FlagThrottled,
		record.DecideAllow: record.FlagAllowed, record.DecideClear: record.FlagCleared,
	}[d.Decision]
	switch {
	case state != "":
		f.State, f.Until = state, one.Until
	case d.Decision == record.DecideConfirm:
		f.Review = record.ReviewConfirmed
	default:
		f.Review = record.ReviewFalsePositive
	}
	return *f, nil
}

func (b *Source) CountEvents(_ context.Context, q query.Events, most int) (n int, more bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.EventList {
		if q.Match(&b.EventList[i]) {
			n++
		}
	}
	return min(n, most), n > most, nil
}

// Note keeps what is noted with the other events.
func (b *Source) Note(_ context.Context, e record.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.NoteFails != nil {
		return b.NoteFails
	}
	e.Seq, e.Category, e.Time = uint64(len(b.EventList)+1), record.CategoryGatebook, b.Now()
	b.EventList = append(b.EventList, e)
	return nil
}

// Now is the time at the source.
func (b *Source) Now() time.Time { return Now.Add(b.Later) }

func (b *Source) Settings(context.Context) (record.SettingsView, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return record.SettingsView{LogPolicy: b.Policy.At(b.Now()), LastRun: b.LastRun, NextRun: b.Now().Add(time.Hour)}, nil
}

// PreviewSettings says of each shortening that it hits one entry.
func (b *Source) PreviewSettings(_ context.Context, want record.LogSettings) (record.SettingsView, error) {
	if err := want.Validate(); err != nil {
		return record.SettingsView{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	v := record.SettingsView{LogPolicy: b.Policy.Change(want, b.Now())}
	if p := v.Pending; p != nil {
		v.Effects = []record.SettingsEffect{{Effect: record.EffectDelete, Entries: 1, Before: p.Effective.AddDate(0, 0, -want.RetentionDays), At: p.Effective}}
	}
	if b.Effects != nil {
		v.Effects = b.Effects
	}
	return v, nil
}

func (b *Source) ChangeSettings(ctx context.Context, want record.LogSettings, _ string) (record.SettingsView, error) {
	v, err := b.PreviewSettings(ctx, want)
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.Policy = v.LogPolicy
	}
	return v, err
}

// Summary makes a step of each request.
func (b *Source) Summary(ctx context.Context, q query.Summary) (record.Summary, error) {
	s := record.Summary{StepSeconds: int64(q.Step / time.Second)}
	err := b.EachRequest(ctx, q.Requests, func(r *record.Request) error {
		step := record.SummaryStep{Time: r.Time.UTC(), Requests: 1, Bytes: r.Bytes}
		step.Classes[record.ClassOf(r.Status)]++
		s.Steps = append(s.Steps, step)
		s.Paths = append(s.Paths, record.Count{Value: r.Path, Requests: 1})
		s.From, s.Requests, s.Bytes = r.Time.UTC(), s.Requests+1, s.Bytes+r.Bytes
		return nil
	})
	return s, err
}

// Failures makes a group of each request that failed.
func (b *Source) Failures(ctx context.Context, q query.Failures) ([]record.FailureGroup, error) {
	var list []record.FailureGroup
	err := b.EachRequest(ctx, query.Requests{From: q.From, To: q.To, Failed: true}, func(r *record.Request) error {
		g := r.FailureGroup()
		if q.Integration == "" || q.Integration == g.Integration {
			list = append(list, g)
		}
		return nil
	})
	return list, err
}

// pageOf gives out the position of a page's last record as its cursor, so
// that records that arrive change nothing about the pages that follow.
func pageOf[T any](b *Source, all []T, limit int, cursor string, match func(*T) bool) ([]T, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Fail != nil {
		if err := b.Fail(cursor); err != nil {
			return nil, "", err
		}
	}
	end := len(all)
	if cursor != "" {
		n, err := strconv.Atoi(cursor)
		if err != nil || n < 0 || n > len(all) {
			return nil, "", query.BadCursor(cursor)
		}
		end = n
	}
	var page []T
	for i := end - 1; i >= 0; i-- {
		if !match(&all[i]) {
			continue
		}
		if len(page) == limit {
			return page, strconv.Itoa(i + 1), nil
		}
		page = append(page, all[i])
	}
	return page, "", nil
}

func (b *Source) Event(_ context.Context, seq uint64) (record.Event, error) {
	for _, e := range b.EventList {
		if e.Seq == seq {
			return e, nil
		}
	}
	return record.Event{}, fmt.Errorf("event %d: %w", seq, record.ErrNotFound)
}

func (b *Source) Categories(context.Context) ([]string, error) {
	var names []string
	for _, e := range b.EventList {
		names = append(names, e.Category)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (b *Source) Health() record.Health { return b.State }

// TakeExport and TakeStream always have a slot.
func (b *Source) TakeExport() (release func(), ok bool) { return func() {}, true }
func (b *Source) TakeStream() (release func(), ok bool) { return func() {}, true }

// EachEventAfter calls yield for each entry with a greater number.
func (b *Source) EachEventAfter(_ context.Context, seq uint64, yield func(*record.Event) error) error {
	for _, e := range b.EventList {
		if e.Seq > seq {
			if err := yield(&e); err != nil {
				return err
			}
		}
	}
	return nil
}

// FollowEvents yields the entries that there are, and ends; so does FollowRequests with
// requests.
func (b *Source) FollowEvents(context.Context) <-chan record.Event     { return all(b.EventList) }
func (b *Source) FollowRequests(context.Context) <-chan record.Request { return all(b.RequestList) }

func all[T any](list []T) <-chan T {
	ch := make(chan T, len(list))
	for _, v := range list {
		ch <- v
	}
	close(ch)
	return ch
}

// Notes are the entries that were left since there were known.
func (b *Source) Notes(known int) []record.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.EventList[known:])
}

// MustFlag returns a flag, which must be there.
func (b *Source) MustFlag(t *testing.T, id string) record.Flag {
	t.Helper()
	f, err := b.Flag(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f.Flag
}

// Add adds an entry and a request.
func (b *Source) Add(seq uint64, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.EventList = append(b.EventList, record.Event{Seq: seq, ID: fmt.Sprint("e", seq), Time: at, Category: "booking", Text: "x"})
}

// Last is the newest entry.
func (b *Source) Last() *record.Event { return &b.EventList[len(b.EventList)-1] }

// Interface guard
var _ console.Source = (*Source)(nil)
