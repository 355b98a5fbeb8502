package console

import (
	"errors"
	"fmt"
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
	f := newFilter(c.Base, params, fields, c.now().In(c.location()), wrong)
	page := eventsPage{
		layout: c.newLayout("Application log", ""),
		Strip:  c.eventStrip(book),
		Filter: f,
		Pulse:  c.Base + "api/v1/health",
		Mark:   bookMark(book),
		Auto:   len(f.Chips) == 0,
	}
	if wrong != nil {
		return render(w, http.StatusBadRequest, eventsTemplate, page)
	}
	page.Live = !params.Has("cursor")
	page.list = c.newList(&f, book, "events", len(found), next, "entry", "entries")
	for _, e := range found {
		page.Rows = append(page.Rows, c.newEventRow(&e))
	}
	return render(w, http.StatusOK, eventsTemplate, page)
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

// shippedCategories are in the menu before any entry has them.
var shippedCategories = []string{
	"booking", "building", "cost_center", "equipment", "global", "group",
	"location", "login", "object", "smart_lock", "user", "webhook",
}

func (c *Console) eventFields(r *http.Request, params url.Values) ([]field, error) {
	told, err := c.Source.Categories(r.Context())
	if err != nil {
		return nil, fmt.Errorf("listing categories: %w", err)
	}
	names := slices.Concat(shippedCategories, told, params["category"])
	slices.Sort(names)
	category := field{Name: "category", Label: "Category", Multiple: true}
	for _, name := range slices.Compact(names) {
		category.Options = append(category.Options, option{Value: name, Label: record.Visible(record.Words(name))})
	}
	return append([]field{
		{Name: "q", Label: "Search", Hint: "Text, subject, initiator or type"},
		category,
		{Name: "initiator", Label: "Initiator", Hint: "Name, e-mail or id"},
		{Name: "subject", Label: "Subject", Hint: "45887 or Booking:45887"},
		{Name: "type", Label: "Type", Hint: "booking.created, booking.*"},
		{Name: "outcome", Label: "Outcome", Options: []option{
			{Value: record.OutcomeSuccess, Label: "Success"},
			{Value: record.OutcomeFailure, Label: "Failure"},
			{Value: record.OutcomeDenied, Label: "Denied"},
		}},
	}, periodFields...), nil
}

func (c *Console) eventStrip(b *record.BookHealth) strip {
	if b == nil {
		return strip{}
	}
	return strip{alarm("application log", b), []stripItem{
		c.newestItem("Last entry", b),
		stateItem(b),
		lossItem("Rejected", b.Rejected, "warn"),
		lossItem("Late", b.Late, "warn"),
		lossItem("Dropped", b.Dropped, "bad"),
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
		Text:      record.Visible(e.Description()),
		Category:  record.Visible(record.Words(e.Category)),
		Initiator: newPerson(e),
	}
	if s := e.Subject; s != nil {
		row.Subject, row.SubjectLabel = record.Visible(s.String()), record.Visible(s.Label)
	}
	if e.Outcome != record.OutcomeSuccess {
		row.Outcome = record.Visible(record.Words(e.Outcome))
	}
	if a := e.Action; a != nil {
		row.Action, row.ActionAddress = record.Visible(a.Label), safeHref(a.Href)
		if row.Action == "" {
			row.Action = "View"
		}
	}
	return row
}

func newPerson(e *record.Event) person {
	name, email := e.Who()
	p := person{Name: record.Visible(name), Email: record.Visible(email), Anonymous: e.Anonymized}
	if i := e.Initiator; i != nil && !e.Anonymized && (i.Kind == "system" || i.Kind == "api") {
		p.Kind = i.Kind
	}
	return p
}
