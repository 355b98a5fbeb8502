package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gatebook/gatebook/record"
)

type flagsPage struct {
	layout
	Strip  strip
	Filter filter
	list
	Done  *done
	Chart *chart
	// Queues are the flags by what people made of them.
	Queues []link
	Rows   []flagRow
	Form   decisionForm
}

func (c *Console) flagsPage(w http.ResponseWriter, r *http.Request) error {
	given, err := queryOf(r)
	if err != nil {
		return err
	}
	done, err := c.takeDone(r.Context(), given)
	if err != nil {
		return err
	}
	params, err := settle(given, "")
	var found foundFlags
	if err == nil {
		found, err = c.findFlags(r.Context(), params)
	}
	var wrong *record.ParamError
	if err != nil && !errors.As(err, &wrong) {
		return fmt.Errorf("listing flags: %w", err)
	}
	f := c.newFilter(c.Base+"flags", given, params, flagFields, wrong)
	page := flagsPage{
		layout: c.newLayout(c.say("Flags"), "flags"),
		Strip:  c.requestStrip(c.health().ServerLog),
		Filter: f, Done: done, Queues: c.queues(&f),
	}
	page.Decides = true
	if wrong != nil {
		return c.render(w, http.StatusBadRequest, flagsTemplate, page)
	}
	status := c.speaks().count(len(found.flags), phrase("%d flag"), phrase("%d flags"))
	if found.next != "" {
		status = c.say("The newest %s", status)
	}
	// Whether anything is kept at all is not known: nothing that matches is enough.
	page.list = c.newList(&f, nil, len(found.flags), found.next, status)
	for i := range found.flags {
		page.Rows = append(page.Rows, c.newFlagRow(&found.flags[i]))
	}
	page.Form = c.newDecisionForm(f.address(f.given))
	q := record.RequestQuery{From: found.query.From, To: found.query.To, Prefix: found.query.Prefix}
	if q.From.IsZero() && q.To.IsZero() {
		q.From = c.now().Add(-refusedBack)
	}
	sums, err := c.refused(r.Context(), q)
	if err != nil {
		return err
	}
	page.Chart = c.refusedChart(&f, &q, sums)
	return c.render(w, http.StatusOK, flagsTemplate, page)
}

// refusedBack is how far the chart above all flags goes back.
const refusedBack = 7 * 24 * time.Hour

// foundFlags are a page of the review queue.
type foundFlags struct {
	query record.FlagQuery
	flags []record.Flag
	next  string
}

func (c *Console) findFlags(ctx context.Context, params url.Values) (found foundFlags, err error) {
	if found.query, err = record.ParseFlagQuery(params, c.now(), c.location()); err != nil {
		return found, err
	}
	found.flags, found.next, err = c.Source.Flags(ctx, found.query)
	return found, err
}

var flagFields = []field{
	{Name: "ip", Label: phrase("Address"), Hint: phrase("203.0.113.7 or 203.0.113.0/24")},
	{Name: "review", Label: phrase("Review"), Options: []option{
		{Value: string(record.ReviewNew), Label: reviews[record.ReviewNew]},
		{Value: string(record.ReviewConfirmed), Label: reviews[record.ReviewConfirmed]},
		{Value: string(record.ReviewFalsePositive), Label: reviews[record.ReviewFalsePositive]},
	}},
	{Name: "state", Label: phrase("State"), Options: []option{
		{Value: string(record.FlagObserved), Label: flagStates[record.FlagObserved]},
		{Value: string(record.FlagThrottled), Label: flagStates[record.FlagThrottled]},
		{Value: string(record.FlagBanned), Label: flagStates[record.FlagBanned]},
		{Value: string(record.FlagAllowed), Label: flagStates[record.FlagAllowed]},
		{Value: string(record.FlagCleared), Label: flagStates[record.FlagCleared]},
	}},
	{Name: "rule", Label: phrase("Rule"), Hint: "http-probing"},
	{Name: "kind", Label: phrase("Kind"), Options: []option{
		{Value: string(record.AddressSubject), Label: subjectKinds[record.AddressSubject]},
		{Value: string(record.AccountSubject), Label: subjectKinds[record.AccountSubject]},
		{Value: string(record.InstanceSubject), Label: subjectKinds[record.InstanceSubject]},
	}},
}

// queues lead to the flags of each review, with the other filters as they are.
func (c *Console) queues(f *filter) []link {
	var list []link
	for _, q := range []struct {
		review record.Review
		text   string
	}{
		{"", phrase("All flags")},
		{record.ReviewNew, reviews[record.ReviewNew]},
		{record.ReviewConfirmed, reviews[record.ReviewConfirmed]},
		{record.ReviewFalsePositive, reviews[record.ReviewFalsePositive]},
	} {
		v := f.firstPage()
		v.Del("review")
		if q.review != "" {
			v.Set("review", string(q.review))
		}
		list = append(list, link{c.say(q.text), f.address(v), f.given.Get("review") == string(q.review)})
	}
	return list
}
