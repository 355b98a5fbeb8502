package console

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

type eventsPage struct {
	layout
	Strip  strip
	Filter filter
	list
	// Gone is what is to be known where nothing is kept of the time asked for.
	Gone string
	Rows []eventRow
}

func (v *view) eventsPage(w http.ResponseWriter, r *http.Request) error {
	// Health comes first: what arrives after it makes the script look again.
	book := v.health().ApplicationLog
	given, err := queryOf(r)
	if err != nil {
		return err
	}
	period := eventSearch.period(given.Get("q"), firstPeriod)
	found, params, wrong, err := answerTo(r.Context(), given, period, v.findEvents)
	if err != nil {
		return fmt.Errorf("listing events: %w", err)
	}
	fields, err := v.eventFields(r.Context(), given)
	if err != nil {
		return err
	}
	settings := settingsIfKnown(r.Context(), v.Source)
	f := v.newFilter(v.Base, given, params, fields, wrong)
	page := eventsPage{layout: v.newLayout(v.say("Application log"), ""), Filter: f}
	if page.Strip, err = v.eventStrip(r.Context(), book, settings); err != nil {
		return err
	}
	if wrong != nil {
		return v.render(w, http.StatusBadRequest, eventsTemplate, page)
	}
	page.list = v.newList(&f, book, len(found.events), found.next, found.say(v, phrase("%d entry"), phrase("%d entries"), phrase("More than %d entries")))
	page.Exports = v.exports(&f, "events", phrase("Export %s as %s"), found.say(v, phrase("%d row"), phrase("%d rows"), phrase("more than %d rows")))
	for _, e := range found.events {
		page.Rows = append(page.Rows, v.newEventRow(&e))
	}
	if settings != nil && page.Empty == emptyMatch {
		if page.Gone = v.sayGone(found.query, settings); page.Gone != "" {
			page.Empty = emptyGone
		}
	}
	if !given.Has("cursor") {
		page.Live = &following{
			Stream: v.apiAddress("events/live", f.question()), Pulse: v.Base + "api/v1/health", Book: "application_log", Mark: bookMark(book),
			One: v.say("1 new entry"), Many: v.say("%s new entries", "{n}"),
		}
	}
	return v.render(w, http.StatusOK, eventsTemplate, page)
}

// foundEvents are a page of events, and how many there are in all, or that there
// are more than that.
type foundEvents struct {
	query  query.Events
	events []record.Event
	next   string
	n      int
	more   bool
}

// mostCounted is up to where pages say how many entries there are.
const mostCounted = 10_000

func (v *view) findEvents(ctx context.Context, params url.Values) (found foundEvents, err error) {
	if found.query, err = query.ParseEvents(params, v.now, v.location()); err != nil {
		return found, err
	}
	if found.events, found.next, err = v.Source.Events(ctx, found.query); err != nil {
		return found, err
	}
	found.n = len(found.events)
	if found.next != "" || found.query.Cursor != "" {
		found.n, found.more, err = v.Source.CountEvents(ctx, found.query, mostCounted)
	}
	return found, err
}

// say says how many there are. All three texts have a %d.
func (found *foundEvents) say(v *view, one, many, more string) string {
	if found.more {
		return v.say(more, found.n)
	}
	return v.locale.count(found.n, one, many)
}

// sayGone says that nothing is kept of the time that q asks for, where it ends
// before the oldest that is kept.
func (v *view) sayGone(q query.Events, settings *record.SettingsView) string {
	days := 0
	for _, category := range q.Categories {
		days = max(days, settings.Retention(category))
	}
	if len(q.Categories) == 0 {
		days = max(settings.RetentionDays, slices.Max(append(slices.Collect(maps.Values(settings.RetentionDaysByCategory)), 0)))
	}
	limit := v.now.In(v.location()).AddDate(0, 0, -days)
	if q.To.IsZero() || q.To.After(limit) {
		return ""
	}
	return v.say("Entries are kept for %d days; those from before %s have been deleted.", days, limit.Format(time.DateOnly))
}

// settingsIfKnown returns nil if the settings cannot be read: the page can do
// without them.
func settingsIfKnown(ctx context.Context, store SettingsStore) *record.SettingsView {
	settings, err := store.Settings(ctx)
	if err != nil {
		return nil
	}
	return &settings
}

// eventFields are the search, whose qualifiers do what fields of their own would,
// and the menu of categories. The API's other parameters hold where a link has
// them.
func (v *view) eventFields(ctx context.Context, given url.Values) ([]field, error) {
	told, err := v.Source.Categories(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing categories: %w", err)
	}
	names := slices.Concat(slices.Collect(maps.Keys(categories)), told, given["category"])
	slices.Sort(names)
	category := field{Name: "category", Label: phrase("Category"), Multiple: true}
	for _, name := range slices.Compact(names) {
		category.Options = append(category.Options, option{Value: name, Label: display.Visible(v.category(name))})
	}
	var ended field
	for _, name := range []string{record.OutcomeSuccess, record.OutcomeFailure, record.OutcomeDenied} {
		ended.Options = append(ended.Options, option{Value: name, Label: outcomes[name]})
	}
	slices.SortFunc(category.Options, func(a, b option) int { return strings.Compare(a.Label, b.Label) })
	return []field{
		{Name: "q", Label: phrase("Search"), Hint: phrase("Text, or type:booking.* initiator:name …"), Terms: eventSearch},
		category,
		{Name: "initiator", Label: phrase("Initiator"), ChipOnly: true},
		{Name: "subject", Label: phrase("Subject"), ChipOnly: true},
		{Name: "type", Label: phrase("Type"), ChipOnly: true},
		{Name: "outcome", Label: phrase("Outcome"), Options: ended.Options, ChipOnly: true},
	}, nil
}

func (v *view) eventStrip(ctx context.Context, b *record.BookHealth, settings *record.SettingsView) (strip, error) {
	if b == nil {
		return strip{}, nil
	}
	now := v.now.In(v.location())
	rejected, more, err := v.Source.CountEvents(ctx, query.Events{
		EventFilter: query.EventFilter{Types: []string{"event.rejected"}},
		From:        time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()),
	}, mostCounted)
	if err != nil {
		return strip{}, fmt.Errorf("counting rejected events: %w", err)
	}
	refused := v.lossItem(v.say("Rejected today"), uint64(rejected), "warn")
	if more {
		refused.Text = v.say("more than %d", rejected)
	}
	s := strip{Alarm: v.alarm(b), Items: []stripItem{v.newestItem(v.say("Last entry"), b)}}
	if settings != nil && !settings.NextRun.IsZero() {
		s.Items = append(s.Items, stripItem{Label: v.say("Next deletion run"), When: newMoment(settings.NextRun, v.location())})
	}
	s.Items = append(s.Items, refused, v.stateItem(b))
	if b.Late > 0 {
		s.Items = append(s.Items, v.lossItem(v.say("Late"), b.Late, "warn"))
	}
	if b.Dropped > 0 {
		s.Items = append(s.Items, v.lossItem(v.say("Dropped"), b.Dropped, "bad"))
	}
	return s, nil
}

// bookMark changes when b has something new to show. The script live.js makes
// the same of the API's health.
func bookMark(b *record.BookHealth) string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf("%s/%d/%d/%d/%d/%d", b.State, b.Entries, b.Recorded, b.Rejected, b.Late, b.Dropped)
}
