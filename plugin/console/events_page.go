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

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

type eventsPage struct {
	listPage
	// Gone is what is to be known where nothing is kept of the time asked for.
	Gone string
	Rows []eventRow
}

func (v *eventPages) eventsPage(w http.ResponseWriter, r *http.Request) error {
	// Health comes first: what arrives after it makes the script look again.
	log := v.Health().ApplicationLog
	given, err := givenOf(r)
	if err != nil {
		return err
	}
	fields, err := v.eventFields(r.Context(), given)
	if err != nil {
		return err
	}
	found, start, err := startList(r.Context(), v.view, given, listing{Title: locale.Text("Application log"), Fields: fields, Period: firstPeriod}, v.findEvents)
	if err != nil {
		return fmt.Errorf("listing events: %w", err)
	}
	page := eventsPage{listPage: start}
	settings := v.settingsIfKnown(r.Context())
	if page.StatusBar, err = v.eventStatusBar(r.Context(), log, settings); err != nil {
		return err
	}
	if page.Filter.Error != "" {
		return v.render(w, http.StatusBadRequest, eventsTemplate, page)
	}
	page.list = v.newList(&page.Filter, log, len(found.events), found.next, found.status(v.view, locale.Text("%d entry"), locale.Text("%d entries"), locale.Text("More than %d entries")))
	page.Exports = v.exports(&page.Filter, "events", locale.Text("Export %s as %s"), found.status(v.view, locale.Text("%d row"), locale.Text("%d rows"), locale.Text("more than %d rows")))
	page.Live = v.newLiveFeed(&page.Filter, "events/live", "application_log", log, v.translate("1 new entry"), v.translate("%s new entries", "{n}"))
	for _, e := range found.events {
		page.Rows = append(page.Rows, v.newEventRow(&e))
	}
	if settings != nil && page.Empty == emptyMatch {
		if page.Gone = v.deletedText(found.query, settings); page.Gone != "" {
			page.Empty = emptyGone
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

// maxCounted is the highest number of entries that pages count to.
const maxCounted = 10_000

func (v *eventPages) findEvents(ctx context.Context, params url.Values) (found foundEvents, err error) {
	if found.query, err = query.ParseEvents(params, v.Now, v.Location); err != nil {
		return found, err
	}
	if found.events, found.next, err = v.Source.Events(ctx, found.query); err != nil {
		return found, err
	}
	found.n = len(found.events)
	if found.next != "" || found.query.Cursor != "" {
		found.n, found.more, err = v.Source.CountEvents(ctx, found.query, maxCounted)
	}
	return found, err
}

// status says how many there are. All three texts have a %d.
func (found *foundEvents) status(v *view, one, many, more string) string {
	if found.more {
		return v.translate(more, found.n)
	}
	return v.Locale.Count(found.n, one, many)
}

// deletedText reports that nothing is kept of the period of q, where it ends
// before the oldest that is kept.
func (v *eventPages) deletedText(q query.Events, settings *record.SettingsView) string {
	days := 0
	for _, category := range q.Categories {
		days = max(days, settings.Retention(category))
	}
	if len(q.Categories) == 0 {
		days = max(settings.RetentionDays, slices.Max(append(slices.Collect(maps.Values(settings.RetentionDaysByCategory)), 0)))
	}
	limit := v.Now.In(v.Location).AddDate(0, 0, -days)
	if q.To.IsZero() || q.To.After(limit) {
		return ""
	}
	return v.translate("Entries are kept for %d days; those from before %s have been deleted.", days, limit.Format(time.DateOnly))
}

// settingsIfKnown returns nil if the settings cannot be read: the page can do
// without them.
func (v *eventPages) settingsIfKnown(ctx context.Context) *record.SettingsView {
	settings, err := v.Source.Settings(ctx)
	if err != nil {
		return nil
	}
	return &settings
}

// eventFields are the search, whose qualifiers do what fields of their own would,
// and the menu of categories. The API's other parameters hold where a link has
// them.
func (v *eventPages) eventFields(ctx context.Context, given url.Values) ([]field, error) {
	used, err := v.Source.Categories(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing categories: %w", err)
	}
	names := slices.Concat(slices.Collect(maps.Keys(categories)), used, given["category"])
	slices.Sort(names)
	category := field{Name: "category", Label: locale.Text("Category"), Multiple: true}
	for _, name := range slices.Compact(names) {
		category.Options = append(category.Options, option{Value: name, Label: display.Visible(v.category(name))})
	}
	var ended field
	for _, name := range []string{record.OutcomeSuccess, record.OutcomeFailure, record.OutcomeDenied} {
		ended.Options = append(ended.Options, option{Value: name, Label: outcomes[name]})
	}
	slices.SortFunc(category.Options, func(a, b option) int { return strings.Compare(a.Label, b.Label) })
	return []field{
		{Name: "q", Label: locale.Text("Search"), Hint: locale.Text("Text, or type:booking.* initiator:name …"), Terms: eventSearch},
		category,
		{Name: "initiator", Label: locale.Text("Initiator"), ChipOnly: true},
		{Name: "subject", Label: locale.Text("Subject"), ChipOnly: true},
		{Name: "type", Label: locale.Text("Type"), ChipOnly: true},
		{Name: "outcome", Label: locale.Text("Outcome"), Options: ended.Options, ChipOnly: true},
	}, nil
}

func (v *eventPages) eventStatusBar(ctx context.Context, b *record.BookHealth, settings *record.SettingsView) (statusBar, error) {
	if b == nil {
		return statusBar{}, nil
	}
	now := v.Now.In(v.Location)
	rejected, more, err := v.Source.CountEvents(ctx, query.Events{
		EventFilter: query.EventFilter{Types: []string{"event.rejected"}},
		From:        time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()),
	}, maxCounted)
	if err != nil {
		return statusBar{}, fmt.Errorf("counting rejected events: %w", err)
	}
	refused := v.lossItem(v.translate("Rejected today"), uint64(rejected), "warn")
	if more {
		refused.Text = v.translate("more than %d", rejected)
	}
	s := statusBar{Alarm: v.alarm(b), Items: []statusItem{v.newestItem(v.translate("Last entry"), b)}}
	if settings != nil && !settings.NextRun.IsZero() {
		s.Items = append(s.Items, statusItem{Label: v.translate("Next deletion run"), When: newMoment(settings.NextRun, v.Location)})
	}
	s.Items = append(s.Items, refused, v.stateItem(b))
	if b.Late > 0 {
		s.Items = append(s.Items, v.lossItem(v.translate("Late"), b.Late, "warn"))
	}
	if b.Dropped > 0 {
		s.Items = append(s.Items, v.lossItem(v.translate("Dropped"), b.Dropped, "bad"))
	}
	return s, nil
}
