package security

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// overviewPage tells what the site's visitors did, in numbers.
type overviewPage struct {
	view.ListPage
	// NotCounted says that there was too much to count in time.
	NotCounted bool
	// Incidents are those that go on.
	Incidents []incidentRow
	ToReview  view.Link
	// FlagsLost says that flags cannot be read at present.
	FlagsLost bool
	Figures   []view.Fact
	Chart     *chart
	Refused   *chart
	Rankings  []ranking
	// Approximate says that not each of the different values could be counted.
	Approximate bool
}

// ranking are the most frequent of a kind.
type ranking struct {
	Title string
	Rows  []rank
}

// rank is one of them; Share is its part of the first one's, in percent.
type rank struct {
	Text, Href, Count string
	Share             int
}

// overviewPeriod is the default period of the overview.
const overviewPeriod = "7d"

// Overview shows numbers of requests over time, and rankings.
func (v *Pages) Overview(w http.ResponseWriter, r *http.Request) error {
	given, err := view.ListQuery(r)
	if err != nil {
		return err
	}
	q, start, err := view.StartList(r.Context(), v.View, given, view.Listing{Title: locale.Text("Overview"), Path: "overview", Fields: requestFields, Period: overviewPeriod}, v.parseOverview)
	if err != nil {
		return err
	}
	page := overviewPage{ListPage: start}
	page.StatusBar = v.requestStatusBar(v.Health().ServerLog)
	if page.Filter.Error != "" {
		return v.Render(w, http.StatusBadRequest, overviewTemplate, page)
	}
	page.Zone = view.ZoneName(v.Location, v.Now)
	v.addFlags(r.Context(), &page)
	if err := v.addNumbers(r.Context(), &page, q); err != nil {
		return err
	}
	return v.Render(w, http.StatusOK, overviewTemplate, page)
}

func (v *Pages) parseOverview(_ context.Context, params url.Values) (query.Requests, error) {
	if err := view.Refuse(params, record.NotOfPage, "cursor"); err != nil {
		return query.Requests{}, err
	}
	return query.ParseRequests(params, v.Now, v.Location)
}

// addNumbers adds what was counted of the requests that q asks for.
func (v *Pages) addNumbers(ctx context.Context, page *overviewPage, q query.Requests) error {
	f := &page.Filter
	sum, err := summarize(ctx, v.Source, query.Summary{Requests: q, Step: v.chartStep(q.From, q.To)})
	if err != nil {
		return err
	}
	if sum == nil {
		page.NotCounted = true
		return nil
	}
	page.Status = v.Locale.Count(int(sum.Requests), locale.Text("%d request"), locale.Text("%d requests"))
	if f.Period != "" {
		page.Status += " " + f.Period
	}
	page.Figures = []view.Fact{
		{Name: v.Translate("Requests"), Text: v.Translate("%d", sum.Requests)},
		{Name: v.Translate("Volume"), Text: v.Locale.Volume(sum.Bytes)},
	}
	page.Chart = v.statusChart(f, v.Translate("Requests by status"), &q, sum)
	page.Approximate = sum.Approximate
	page.Rankings = v.rankings(f, sum)
	if q.Verdict != "" {
		return nil
	}
	sums, err := v.refused(ctx, q)
	if err != nil || sums == nil {
		return err
	}
	page.Refused = v.refusedChart(f, &q, sums)
	page.Figures = append(page.Figures,
		view.Fact{Name: v.Translate("Throttled"), Text: v.Translate("%d", sums[0].Requests)}, view.Fact{Name: v.Translate("Banned"), Text: v.Translate("%d", sums[1].Requests)})
	return nil
}

// addFlags adds what there is to review, and the present incident. The page can
// do without.
func (v *Pages) addFlags(ctx context.Context, page *overviewPage) {
	incidents, err := v.incidents(ctx)
	if err == nil {
		for _, one := range incidents {
			if one.open {
				page.Incidents = append(page.Incidents, one)
			}
		}
		var fresh []record.Flag
		var next string
		fresh, next, err = v.Source.Flags(ctx, query.Flags{Review: record.ReviewNew, Limit: query.DefaultLimit})
		text := v.Locale.Count(len(fresh), locale.Text("%d flag to review"), locale.Text("%d flags to review"))
		if next != "" {
			text = v.Translate("More than %d flags to review", len(fresh))
		}
		page.ToReview = view.Link{Text: text, Href: v.Base + "flags?review=" + string(record.ReviewNew)}
	}
	if err != nil && ctx.Err() == nil {
		page.FlagsLost = true
		v.Report(fmt.Errorf("listing flags: %w", err))
	}
}

// rankings are the most frequent values, each a link to its requests.
func (v *Pages) rankings(f *view.Filter, sum *record.Summary) (list []ranking) {
	// The server log looks for one value of a kind: where the page asks for one,
	// those in its ranking have no link.
	asked := map[string]bool{}
	terms, _ := query.ParseRequestTerms(f.Given.Get("q"))
	for _, t := range terms {
		asked[t.Qualifier] = true
	}
	for _, kind := range []struct {
		title, qualifier string
		counts           []record.Count
	}{
		{locale.Text("Addresses"), "ip", sum.Addresses},
		{locale.Text("Paths"), "path", sum.Paths},
		{locale.Text("Browsers"), "browser", sum.Browsers},
		{locale.Text("Countries"), "country", sum.Countries},
		{locale.Text("Networks"), "", sum.Networks},
	} {
		if len(kind.counts) == 0 {
			continue
		}
		one := ranking{Title: v.Translate(kind.title)}
		for _, n := range kind.counts[:min(len(kind.counts), maxRanked)] {
			r := rank{Text: shown(n.Value), Count: v.Translate("%d", n.Requests), Share: int(100 * n.Requests / max(1, kind.counts[0].Requests))}
			if addr, err := netip.ParseAddr(n.Value); err == nil && kind.qualifier == "ip" {
				r.Href = v.addressHref(addr)
			} else if kind.qualifier != "" && kind.qualifier != "ip" && !f.Given.Has(kind.qualifier) && !asked[kind.qualifier] {
				r.Href = v.requestsWith(f, kind.qualifier, n.Value)
			}
			one.Rows = append(one.Rows, r)
		}
		list = append(list, one)
	}
	return list
}

// maxRanked is how many of a kind the overview names.
const maxRanked = 10

// requestsWith is the server log with the page's filters and one more, or "" for
// a value that no filter finds.
func (v *Pages) requestsWith(f *view.Filter, name, value string) string {
	if value == "" || len(value) > record.MaxText {
		return ""
	}
	values := f.FirstPage()
	values.Set(name, value)
	f.CopyPeriod(values)
	return v.Base + "requests?" + values.Encode()
}
