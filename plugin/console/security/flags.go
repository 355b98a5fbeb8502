package security

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

type flagsPage struct {
	view.ListPage
	Done  *done
	Chart *chart
	// Queues are the flags by what people made of them.
	Queues []view.Link
	Rows   []flagRow
	Form   decisionForm
	// BanLists are files for other tools.
	BanLists []view.Link
}

// Flags shows the review queue.
func (v *Pages) Flags(w http.ResponseWriter, r *http.Request) error {
	given, err := view.ListQuery(r)
	if err != nil {
		return err
	}
	done, err := v.takeDone(r.Context(), given)
	if err != nil {
		return err
	}
	found, start, err := view.StartList(r.Context(), v.View, given, view.Listing{Title: locale.Text("Flags"), Path: "flags", Fields: flagFields}, v.findFlags)
	if err != nil {
		return fmt.Errorf("listing flags: %w", err)
	}
	page := flagsPage{ListPage: start, Done: done, Queues: v.queues(&start.Filter)}
	page.StatusBar = v.requestStatusBar(v.Health().ServerLog)
	page.Decides = true
	if page.Filter.Error != "" {
		return v.Render(w, http.StatusBadRequest, flagsTemplate, page)
	}
	status := v.Locale.Count(len(found.flags), locale.Text("%d flag"), locale.Text("%d flags"))
	if found.next != "" {
		status = v.Translate("The newest %s", status)
	}
	// Whether anything is kept at all is not known: nothing that matches is enough.
	page.List = v.NewList(&page.Filter, nil, len(found.flags), found.next, status)
	for i := range found.flags {
		page.Rows = append(page.Rows, v.newFlagRow(&found.flags[i]))
	}
	page.Form = v.newDecisionForm(page.Filter.Address(given))
	if page.Chart, err = v.flagChart(r.Context(), &page.Filter, &found); err != nil {
		return err
	}
	page.BanLists = v.banLists()
	if !given.Has("cursor") {
		page.Live = v.followFlags(&page.Filter, found.flags)
	}
	return v.Render(w, http.StatusOK, flagsTemplate, page)
}

// followFlags has the script ask now and then which flag changed last: there is no
// stream of them.
func (v *Pages) followFlags(f *view.Filter, shown []record.Flag) *view.LiveFeed {
	q := f.Query()
	q.Set("limit", "1")
	live := &view.LiveFeed{Pulse: v.APIAddress("flags", q), One: v.Translate("1 flag is new, or has changed"), Many: v.Translate("%s flags are new, or have changed", "{n}")}
	if len(shown) > 0 {
		live.Revision = v.flagRevision(&shown[0])
	}
	return live
}

// flagRevision changes when the flag does. The script live.js makes the same of the
// API's flag.
func (v *Pages) flagRevision(f *record.Flag) string {
	return f.ID + "/" + f.Changed.In(v.Location).Format(time.RFC3339Nano)
}

// banLists are what is banned now, as files for other tools.
func (v *Pages) banLists() (files []view.Link) {
	for _, f := range []struct{ name, extension string }{
		{v.Translate("Text"), "txt"}, {"JSON", "json"}, {"CSV", "csv"}, {"nftables", "nft"}, {"ipset", "ipset"},
		{"Caddy", "caddy"}, {"nginx", "nginx"}, {"CrowdSec", "crowdsec"},
	} {
		files = append(files, view.Link{Text: f.name, Href: v.Base + "api/v1/bans." + f.extension})
	}
	return files
}

// foundFlags are a page of the review queue.
type foundFlags struct {
	query query.Flags
	flags []record.Flag
	next  string
}

func (v *Pages) findFlags(ctx context.Context, params url.Values) (found foundFlags, err error) {
	if found.query, err = query.ParseFlags(params, v.Now, v.Location); err != nil {
		return found, err
	}
	found.flags, found.next, err = v.Source.Flags(ctx, found.query)
	return found, err
}

var flagFields = []view.Field{
	{Name: "ip", Label: locale.Text("Address"), Hint: locale.Text("203.0.113.7 or 203.0.113.0/24")},
	{Name: "review", Label: locale.Text("Review"), Options: []view.Option{
		{Value: string(record.ReviewNew), Label: reviews[record.ReviewNew]},
		{Value: string(record.ReviewConfirmed), Label: reviews[record.ReviewConfirmed]},
		{Value: string(record.ReviewFalsePositive), Label: reviews[record.ReviewFalsePositive]},
	}},
	{Name: "state", Label: locale.Text("State"), Options: []view.Option{
		{Value: string(record.FlagObserved), Label: flagStates[record.FlagObserved]},
		{Value: string(record.FlagThrottled), Label: flagStates[record.FlagThrottled]},
		{Value: string(record.FlagBanned), Label: flagStates[record.FlagBanned]},
		{Value: string(record.FlagAllowed), Label: flagStates[record.FlagAllowed]},
		{Value: string(record.FlagCleared), Label: flagStates[record.FlagCleared]},
		{Value: string(record.FlagExpired), Label: flagStates[record.FlagExpired]},
	}},
	{Name: "rule", Label: locale.Text("Rule"), Hint: "http-probing"},
	{Name: "kind", Label: locale.Text("Kind"), Options: []view.Option{
		{Value: string(record.AddressSubject), Label: subjectKinds[record.AddressSubject]},
		{Value: string(record.AccountSubject), Label: subjectKinds[record.AccountSubject]},
		{Value: string(record.InstanceSubject), Label: subjectKinds[record.InstanceSubject]},
	}},
}

// queues lead to the flags of each review, with the other filters as they are.
func (v *Pages) queues(f *view.Filter) []view.Link {
	var list []view.Link
	for _, q := range []struct {
		review record.Review
		text   string
	}{
		{"", locale.Text("All flags")},
		{record.ReviewNew, reviews[record.ReviewNew]},
		{record.ReviewConfirmed, reviews[record.ReviewConfirmed]},
		{record.ReviewFalsePositive, reviews[record.ReviewFalsePositive]},
	} {
		values := f.FirstPage()
		values.Del("review")
		if q.review != "" {
			values.Set("review", string(q.review))
		}
		list = append(list, view.Link{Text: v.Translate(q.text), Href: f.Address(values), Current: f.Given.Get("review") == string(q.review)})
	}
	return list
}
