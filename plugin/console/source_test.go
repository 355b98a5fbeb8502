package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
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

// memorySource is a source in memory, its records oldest first.
type memorySource struct {
	mu       sync.Mutex
	zone     *time.Location
	events   []record.Event
	requests []record.Request
	health   record.Health
	policy   record.LogPolicy
	flags    []record.Flag
	// logins came from every flag's address.
	logins []record.Event
	// later is how long after now it is.
	later   time.Duration
	lastRun *record.RetentionRun
	// effects, if set, are those of every change.
	effects []record.SettingsEffect
	// noteFails, if set, is why nothing can be noted.
	noteFails error
	// fail, if set, is asked before each list is read.
	fail func(cursor string) error
}

func (b *memorySource) Instance() string         { return "acme" }
func (b *memorySource) Location() *time.Location { return b.zone }

func (b *memorySource) Events(_ context.Context, q query.Events) ([]record.Event, string, error) {
	return pageOf(b, b.events, q.Limit, q.Cursor, q.Match)
}

func (b *memorySource) Requests(_ context.Context, q query.Requests) ([]record.Request, string, error) {
	return pageOf(b, b.requests, q.Limit, q.Cursor, q.Match)
}

// EachRequest overwrites what it has yielded, as a source may.
func (b *memorySource) EachRequest(_ context.Context, q query.Requests, yield func(*record.Request) error) error {
	for cursor := ""; ; {
		page, next, err := pageOf(b, b.requests, query.MaxLimit, cursor, q.Match)
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

func (b *memorySource) Flags(_ context.Context, q query.Flags) ([]record.Flag, string, error) {
	return pageOf(b, b.flags, q.Limit, q.Cursor, q.Match)
}

func (b *memorySource) Spared() []netip.Prefix { return nil }
func (b *memorySource) Enforces() bool         { return true }

func (b *memorySource) Flag(_ context.Context, id string) (record.FlagCase, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.flags {
		if f.ID == id {
			return record.FlagCase{Flag: f, Logins: b.logins}, nil
		}
	}
	return record.FlagCase{}, record.ErrNotFound
}

// Decide notes the decision and does what it says.
func (b *memorySource) Decide(_ context.Context, d record.DecisionRequest) (record.Flag, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.flags, func(f record.Flag) bool { return f.Subject == d.Subject })
	if i < 0 {
		b.flags = append(b.flags, record.Flag{ID: d.Subject.Value, Subject: d.Subject, State: record.FlagObserved, Review: record.ReviewNew})
		i = len(b.flags) - 1
	}
	f := &b.flags[i]
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

func (b *memorySource) CountEvents(_ context.Context, q query.Events, most int) (n int, more bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.events {
		if q.Match(&b.events[i]) {
			n++
		}
	}
	return min(n, most), n > most, nil
}

// Note keeps what is noted with the other events.
func (b *memorySource) Note(_ context.Context, e record.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.noteFails != nil {
		return b.noteFails
	}
	e.Seq, e.Category, e.Time = uint64(len(b.events)+1), record.CategoryGatebook, b.now()
	b.events = append(b.events, e)
	return nil
}

func (b *memorySource) now() time.Time { return now.Add(b.later) }

func (b *memorySource) Settings(context.Context) (record.SettingsView, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return record.SettingsView{LogPolicy: b.policy.At(b.now()), LastRun: b.lastRun, NextRun: b.now().Add(time.Hour)}, nil
}

// PreviewSettings says of each shortening that it hits one entry.
func (b *memorySource) PreviewSettings(_ context.Context, want record.LogSettings) (record.SettingsView, error) {
	if err := want.Validate(); err != nil {
		return record.SettingsView{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	v := record.SettingsView{LogPolicy: b.policy.Change(want, b.now())}
	if p := v.Pending; p != nil {
		v.Effects = []record.SettingsEffect{{Effect: record.EffectDelete, Entries: 1, Before: p.Effective.AddDate(0, 0, -want.RetentionDays), At: p.Effective}}
	}
	if b.effects != nil {
		v.Effects = b.effects
	}
	return v, nil
}

func (b *memorySource) ChangeSettings(ctx context.Context, want record.LogSettings, _ string) (record.SettingsView, error) {
	v, err := b.PreviewSettings(ctx, want)
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.policy = v.LogPolicy
	}
	return v, err
}

// Summary makes a step of each request.
func (b *memorySource) Summary(ctx context.Context, q query.Summary) (record.Summary, error) {
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
func (b *memorySource) Failures(ctx context.Context, q query.Failures) ([]record.FailureGroup, error) {
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
func pageOf[T any](b *memorySource, all []T, limit int, cursor string, match func(*T) bool) ([]T, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		if err := b.fail(cursor); err != nil {
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

func (b *memorySource) Event(_ context.Context, seq uint64) (record.Event, error) {
	for _, e := range b.events {
		if e.Seq == seq {
			return e, nil
		}
	}
	return record.Event{}, fmt.Errorf("event %d: %w", seq, record.ErrNotFound)
}

func (b *memorySource) Categories(context.Context) ([]string, error) {
	var names []string
	for _, e := range b.events {
		names = append(names, e.Category)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (b *memorySource) Health() record.Health { return b.health }

// What follows a source in memory is what it has, and then the end.
func (b *memorySource) FollowEvents(context.Context) <-chan record.Event     { return all(b.events) }
func (b *memorySource) FollowRequests(context.Context) <-chan record.Request { return all(b.requests) }

func all[T any](list []T) <-chan T {
	ch := make(chan T, len(list))
	for _, v := range list {
		ch <- v
	}
	close(ch)
	return ch
}

// now is when all of these tests happen.
var now = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)

func berlin(t testing.TB) *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// sample is a source with one record of every kind that pages tell apart.
func sample(t testing.TB) *memorySource {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	desk := &record.Initiator{ID: "u_17", Name: "Front Desk", Email: "front.desk@example.com", Kind: "user"}
	b := &memorySource{zone: berlin(t), policy: record.LogPolicy{LogSettings: record.LogSettings{RetentionDays: 180, Timezone: "Europe/Berlin"}}}
	b.events = []record.Event{
		{Seq: 1, ID: "old", Time: ago(40 * 24 * time.Hour), Category: "booking", Type: "booking.created", Text: "An old booking.", Initiator: desk},
		{Seq: 2, ID: "export", Time: ago(5 * time.Hour), Category: "global", Type: "booking.exported", Text: "Bookings have been exported.", Initiator: desk, Outcome: "success"},
		{Seq: 3, ID: "anon", Time: ago(4 * time.Hour), Category: "booking", Type: "booking.cancelled", Anonymized: true,
			Subject: &record.Subject{Type: "Booking", ID: "45880"}},
		{Seq: 4, ID: "lock", Time: ago(3 * time.Hour), Category: "smart_lock", Key: "lock.synced", Params: map[string]string{"door": "North", "result": "ok"}},
		{Seq: 5, ID: "login", Time: ago(2 * time.Hour), Category: "login", Type: "login.failed", Text: "Sign-in failed.", Outcome: "denied",
			Initiator: &record.Initiator{ID: "key_1", Kind: "api"}, Action: &record.Action{Label: "Leave", Href: "//evil.example"}},
		{Seq: 45886, ID: "01GR3YH2V8M9Q7T4C6X0B5N2KD", Time: ago(time.Hour), Received: ago(time.Hour - time.Second),
			Category: "booking", Type: "booking.updated", Text: `A booking has been moved to "Table 23".`, Initiator: desk,
			Subject: &record.Subject{Type: "Booking", ID: "45887", Label: "Table 23"}, Outcome: "success",
			Action:  &record.Action{Label: "View", Href: "/dashboard/bookings/45887"},
			Changes: []record.Change{{Field: "start", Old: json.RawMessage(`"09:00"`), New: json.RawMessage(`"10:30"`)}, {Field: "seats", New: json.RawMessage(`4`)}},
			Details: json.RawMessage(`{"room":{"id":7}}`), Marks: []string{record.MarkLate}, Until: now.Add(24 * time.Hour)},
	}
	b.requests = []record.Request{
		{Time: ago(4 * time.Minute), Instance: "acme", IP: netip.MustParseAddr("198.51.100.4"), Method: "POST", Path: "/api/rooms/23/sync", Query: "full=1", Status: 503,
			Browser: "curl 8.5", RequestID: "r-77", Error: &record.Failure{Source: record.SourceApp, Type: "GraphException", Message: "The token <b> has expired.",
				Where: "app/Sync.php:88", Trace: "#0 app/Sync.php(88)\n#1 {main}", Integration: "Microsoft 365", Cut: true}},
		{Time: ago(3 * time.Minute), Instance: "acme", IP: netip.MustParseAddr("2001:db8::7"), Method: "POST", Path: "/wp-login.php", Status: 404, Bytes: 512,
			UserAgent: "probe/1.0", Country: "FR", Verdict: record.VerdictBan},
		{Time: ago(2 * time.Minute), Instance: "acme", IP: netip.MustParseAddr("203.0.113.7"), Method: "GET", Path: "/desks/23", Query: "day=mon", Status: 200, Bytes: 5120,
			Duration: 12400 * time.Microsecond, Browser: "Firefox 145", OS: "Windows 11", UserAgent: "Mozilla/5.0", Country: "DE"},
		{Time: ago(time.Minute), Instance: "acme", Method: "GET", Path: "/boom", Status: 502, Aborted: true, User: "secret-user",
			Error: &record.Failure{Source: record.SourceGate, Message: "dial tcp: refused"}},
	}
	b.health = record.Health{
		Instance: "acme", State: record.StateOK, LastRetentionRun: ago(time.Hour),
		ApplicationLog: &record.BookHealth{State: record.StateOK, Entries: 6, Newest: ago(time.Hour), Recorded: 6, Rejected: 2},
		ServerLog:      &record.BookHealth{State: record.StateOK, Entries: 4, Bytes: 4096, Newest: ago(time.Minute), Recorded: 4},
	}
	return b
}

// newConsole is a console as a test needs it: an error that it reports fails
// the test.
func newConsole(t testing.TB, source console.Source, roles ...console.Role) *console.Console {
	return &console.Console{
		Source: source, Roles: roles, Base: "/logs/",
		Now:    func() time.Time { return now },
		Report: func(err error) { t.Errorf("reported: %v", err) },
	}
}

func get(c http.Handler, target string) *httptest.ResponseRecorder {
	return do(c, http.MethodGet, target)
}

func do(c http.Handler, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}
