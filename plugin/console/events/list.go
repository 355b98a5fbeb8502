package events

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
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

type eventsPage struct {
	view.ListPage
	// Gone is what is to be known where nothing is kept of the time asked for.
	Gone string
	Rows []eventRow
}

// List shows the application log.
func (v *Pages) List(w http.ResponseWriter, r *http.Request) error {
	// Health comes first: what arrives after it makes the script look again.
	log := v.Health().ApplicationLog
	given, err := view.ListQuery(r)
	if err != nil {
		return err
	}
	fields, err := v.eventFields(r.Context(), given)
	if err != nil {
		return err
	}
	found, start, err := view.StartList(r.Context(), v.View, given, view.Listing{Title: locale.Text("Application log"), Fields: fields, Period: view.FirstPeriod}, v.findEvents)
	if err != nil {
		return fmt.Errorf("listing events: %w", err)
	}
	page := eventsPage{ListPage: start}
	settings := v.settingsIfKnown(r.Context())
	if page.StatusBar, err = v.eventStatusBar(r.Context(), log, settings); err != nil {
		return err
	}
	if page.Filter.Error != "" {
		return v.Render(w, http.StatusBadRequest, eventsTemplate, page)
	}
	page.List = v.NewList(&page.Filter, log, len(found.events), found.next, found.status(v.View, locale.Text("%d entry"), locale.Text("%d entries"), locale.Text("More than %d entries")))
	page.Exports = v.ExportLinks(&page.Filter, "events", locale.Text("Export %s as %s"), found.status(v.View, locale.Text("%d row"), locale.Text("%d rows"), locale.Text("more than %d rows")))
	page.Live = v.NewLiveFeed(&page.Filter, "events/live", "application_log", log, v.Translate("1 new entry"), v.Translate("%s new entries", "{n}"))
	for _, e := range found.events {
		page.Rows = append(page.Rows, v.newEventRow(&e))
	}
	if settings != nil && page.Empty == view.EmptyMatch {
		if page.Gone = v.deletedText(found.query, settings); page.Gone != "" {
			page.Empty = view.EmptyGone
		}
	}
	return v.Render(w, http.StatusOK, eventsTemplate, page)
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

func (v *Pages) findEvents(ctx context.Context, params url.Values) (found foundEvents, err error) {
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
func (found *foundEvents) status(v *view.View, one, many, more string) string {
	if found.more {
		return v.Translate(more, found.n)
	}
	return v.Locale.Count(found.n, one, many)
}

// deletedText reports that nothing is kept of the period of q, where it ends
// before the oldest that is kept.
func (v *Pages) deletedText(q query.Events, settings *record.SettingsView) string {
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
	return v.Translate("Entries are kept for %d days; those from before %s have been deleted.", days, limit.Format(time.DateOnly))
}

// settingsIfKnown returns nil if the settings cannot be read: the page can do
// without them.
func (v *Pages) settingsIfKnown(ctx context.Context) *record.SettingsView {
	settings, err := v.Source.Settings(ctx)
	if err != nil {
		return nil
	}
	return &settings
}

// eventFields are the search, whose qualifiers do what fields of their own would,
// and the menu of categories. The API's other parameters hold where a link has
// them.
func (v *Pages) eventFields(ctx context.Context, given url.Values) ([]view.Field, error) {
	used, err := v.Source.Categories(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing categories: %w", err)
	}
	names := slices.Concat(slices.Collect(maps.Keys(view.Categories)), used, given["category"])
	slices.Sort(names)
	category := view.Field{Name: "category", Label: locale.Text("Category"), Multiple: true}
	for _, name := range slices.Compact(names) {
		category.Options = append(category.Options, view.Option{Value: name, Label: display.Visible(v.Category(name))})
	}
	var ended view.Field
	for _, name := range []string{record.OutcomeSuccess, record.OutcomeFailure, record.OutcomeDenied} {
		ended.Options = append(ended.Options, view.Option{Value: name, Label: view.Outcomes[name]})
	}
	slices.SortFunc(category.Options, func(a, b view.Option) int { return strings.Compare(a.Label, b.Label) })
	return []view.Field{
		{Name: "q", Label: locale.Text("Search"), Hint: locale.Text("Text, or type:booking.* initiator:name …"), Terms: view.EventSearch},
		category,
		{Name: "initiator", Label: locale.Text("Initiator"), ChipOnly: true},
		{Name: "subject", Label: locale.Text("Subject"), ChipOnly: true},
		{Name: "type", Label: locale.Text("Type"), ChipOnly: true},
		{Name: "outcome", Label: locale.Text("Outcome"), Options: ended.Options, ChipOnly: true},
	}, nil
}

func (v *Pages) eventStatusBar(ctx context.Context, b *record.BookHealth, settings *record.SettingsView) (view.StatusBar, error) {
	if b == nil {
		return view.StatusBar{}, nil
	}
	now := v.Now.In(v.Location)
	rejected, more, err := v.Source.CountEvents(ctx, query.Events{
		EventFilter: query.EventFilter{Types: []string{"event.rejected"}},
		From:        time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()),
	}, maxCounted)
	if err != nil {
		return view.StatusBar{}, fmt.Errorf("counting rejected events: %w", err)
	}
	refused := v.LossItem(v.Translate("Rejected today"), uint64(rejected), "warn")
	if more {
		refused.Text = v.Translate("more than %d", rejected)
	}
	s := view.StatusBar{Alarm: v.Alarm(b), Items: []view.StatusItem{v.NewestItem(v.Translate("Last entry"), b)}}
	if settings != nil && !settings.NextRun.IsZero() {
		s.Items = append(s.Items, view.StatusItem{Label: v.Translate("Next deletion run"), When: view.NewMoment(settings.NextRun, v.Location)})
	}
	s.Items = append(s.Items, refused, v.StateItem(b))
	if b.Late > 0 {
		s.Items = append(s.Items, v.LossItem(v.Translate("Late"), b.Late, "warn"))
	}
	if b.NotTaken > 0 {
		s.Items = append(s.Items, v.LossItem(v.Translate("Not taken"), b.NotTaken, "warn"))
	}
	if b.Dropped > 0 {
		s.Items = append(s.Items, v.LossItem(v.Translate("Dropped"), b.Dropped, "bad"))
	}
	return s, nil
}
