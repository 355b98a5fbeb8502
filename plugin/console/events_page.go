package console

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gatebook/gatebook/record"
)

type eventsPage struct {
	layout
	Strip  strip
	Filter filter
	list
	Rows []eventRow
	// Pulse is where to ask for the book's health, Mark what it was when the
	// page was made, and Auto says that new rows may come in by themselves.
	Pulse, Mark string
	Auto        bool
}

func (c *Console) eventsPage(w http.ResponseWriter, r *http.Request) error {
	// Health comes first: what arrives after it makes the script look again.
	book := c.health().ApplicationLog
	params, err := queryOf(r)
	if err != nil {
		return err
	}
	found, next, err := c.eventsOf(r, params)
	var wrong *record.ParamError
	if err != nil && !errors.As(err, &wrong) {
		return fmt.Errorf("listing events: %w", err)
	}
	fields, err := c.eventFields(r, params)
	if err != nil {
		return err
	}
	f := c.newFilter(c.Base, params, fields, c.now().In(c.location()), wrong)
	page := eventsPage{
		layout: c.newLayout(c.say("Application log"), ""),
		Strip:  c.eventStrip(book),
		Filter: f,
		Pulse:  c.Base + "api/v1/health",
		Mark:   bookMark(book),
		Auto:   len(f.Chips) == 0,
	}
	if wrong != nil {
		return c.render(w, http.StatusBadRequest, eventsTemplate, page)
	}
	page.Live = !params.Has("cursor")
	page.list = c.newList(&f, book, "events", len(found), next, phrase("%d entry"), phrase("%d entries"))
	for _, e := range found {
		page.Rows = append(page.Rows, c.newEventRow(&e))
	}
	return c.render(w, http.StatusOK, eventsTemplate, page)
}

// eventsOf settles the page's parameters and lists what they ask for.
func (c *Console) eventsOf(r *http.Request, params url.Values) ([]record.Event, string, error) {
	if err := settle(params); err != nil {
		return nil, "", err
	}
	q, err := record.ParseEventQuery(params, c.now(), c.location())
	if err != nil {
		return nil, "", err
	}
	return c.Source.Events(r.Context(), q)
}

func (c *Console) eventFields(r *http.Request, params url.Values) ([]field, error) {
	told, err := c.Source.Categories(r.Context())
	if err != nil {
		return nil, fmt.Errorf("listing categories: %w", err)
	}
	names := slices.Concat(slices.Collect(maps.Keys(categories)), told, params["category"])
	slices.Sort(names)
	category := field{Name: "category", Label: phrase("Category"), Multiple: true}
	for _, name := range slices.Compact(names) {
		category.Options = append(category.Options, option{Value: name, Label: record.Visible(c.category(name))})
	}
	return append([]field{
		{Name: "q", Label: phrase("Search"), Hint: phrase("Text, subject, initiator or type")},
		category,
		{Name: "initiator", Label: phrase("Initiator"), Hint: phrase("Name, e-mail or id")},
		{Name: "subject", Label: phrase("Subject"), Hint: phrase("45887 or Booking:45887")},
		{Name: "type", Label: phrase("Type"), Hint: "booking.created, booking.*"},
		{Name: "outcome", Label: phrase("Outcome"), Options: []option{
			{Value: record.OutcomeSuccess, Label: phrase("Success")},
			{Value: record.OutcomeFailure, Label: phrase("Failure")},
			{Value: record.OutcomeDenied, Label: phrase("Denied")},
		}},
	}, periodFields...), nil
}

func (c *Console) eventStrip(b *record.BookHealth) strip {
	if b == nil {
		return strip{}
	}
	return strip{c.alarm(b), []stripItem{
		c.newestItem(c.say("Last entry"), b),
		c.stateItem(b),
		c.lossItem(c.say("Rejected"), b.Rejected, "warn"),
		c.lossItem(c.say("Late"), b.Late, "warn"),
		c.lossItem(c.say("Dropped"), b.Dropped, "bad"),
	}}
}

// bookMark changes when b has something new to show. The script live.js makes
// the same of the API's health.
func bookMark(b *record.BookHealth) string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf("%s/%d/%d/%d/%d/%d", b.State, b.Entries, b.Recorded, b.Rejected, b.Late, b.Dropped)
}

// eventRow is one entry as people read it.
type eventRow struct {
	Seq           uint64
	Href          string
	When          moment
	Subject       string
	SubjectLabel  string
	Text          string
	Category      string
	Outcome       string // only if it is worth a word
	Initiator     person
	Action        string
	ActionAddress string // "" if the action leads nowhere safe
}

// person is who did something. Kind is there only if it is worth a word.
type person struct {
	Name, Email, Kind string
	Anonymous         bool
}

func (c *Console) newEventRow(e *record.Event) eventRow {
	row := eventRow{
		Seq:       e.Seq,
		Href:      c.Base + "events/" + strconv.FormatUint(e.Seq, 10),
		When:      newMoment(e.Time, c.location()),
		Text:      record.Visible(c.description(e)),
		Category:  record.Visible(c.category(e.Category)),
		Initiator: c.newPerson(e),
	}
	if s := e.Subject; s != nil {
		row.Subject, row.SubjectLabel = record.Visible(s.String()), record.Visible(s.Label)
	}
	if e.Outcome != record.OutcomeSuccess {
		row.Outcome = record.Visible(c.outcome(e.Outcome))
	}
	if a := e.Action; a != nil {
		row.Action, row.ActionAddress = record.Visible(a.Label), safeHref(a.Href)
		if row.Action == "" {
			row.Action = c.say("View")
		}
	}
	return row
}

func (c *Console) newPerson(e *record.Event) person {
	name, email := c.who(e)
	p := person{Name: record.Visible(name), Email: record.Visible(email), Anonymous: e.Anonymized}
	if i := e.Initiator; i != nil && !e.Anonymized && (i.Kind == "system" || i.Kind == "api") {
		p.Kind = i.Kind
	}
	return p
}
