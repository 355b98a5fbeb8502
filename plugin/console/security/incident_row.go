package security

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

// incidentRow is an incident of the whole site.
type incidentRow struct {
	// Name says what it is, Sentence all that is known of it.
	Name, Sentence string
	// Requests leads to the requests of its time, Flag to the flag with the notes and
	// decisions about it.
	Requests, Flag string
	open           bool
	begin          time.Time
}

// incidents are those of the whole site, the one that began last first.
func (v *Pages) incidents(ctx context.Context) (list []incidentRow, err error) {
	flags, _, err := v.Source.Flags(ctx, query.Flags{Kind: record.InstanceSubject, Limit: query.DefaultLimit})
	if err != nil {
		return nil, fmt.Errorf("listing incidents: %w", err)
	}
	for i := range flags {
		all := flags[i].AllIncidents()
		for j := range all {
			row := v.newIncidentRow(&all[j])
			row.Flag = v.flagHref(flags[i].ID)
			list = append(list, row)
		}
	}
	slices.SortStableFunc(list, func(a, b incidentRow) int { return cmp.Compare(b.begin.UnixNano(), a.begin.UnixNano()) })
	return list, nil
}

func (v *Pages) addIncidents(ctx context.Context, page *incidentsPage) error {
	all, err := v.incidents(ctx)
	page.Status = v.Locale.Count(len(all), locale.Text("%d incident"), locale.Text("%d incidents"))
	for _, one := range all {
		if one.open {
			page.Open = append(page.Open, one)
		} else {
			page.Ended = append(page.Ended, one)
		}
	}
	return err
}

// incidentNames are what the rules of incidents tell of.
var incidentNames = map[string]string{
	"instance-flood": locale.Text("A flood of requests"),
	"ban-budget":     locale.Text("More addresses to ban at once than the gate may"),
	"login-spraying": locale.Text("Password guessing at many accounts"),
	"rate":           locale.Text("More requests than all clients together may send"),
}

func (v *Pages) newIncidentRow(i *record.Incident) incidentRow {
	row := incidentRow{Name: display.Visible(i.Rule), open: i.Open(v.Now), begin: i.Begin}
	if name, known := incidentNames[i.Rule]; known {
		row.Name = v.Translate(name)
	}
	end := i.Ended(v.Now)
	row.Sentence = v.incidentSentence(row.Name, i, end)
	if end.IsZero() {
		end = v.Now
	}
	row.Requests = v.Base + "requests?" + url.Values{
		"from": {i.Begin.In(v.Location).Format(time.RFC3339)}, "to": {end.Add(time.Second).In(v.Location).Format(time.RFC3339)},
	}.Encode()
	return row
}

// incidentSentence says when an incident was, how bad, and what was refused. A zero end
// is not yet.
func (v *Pages) incidentSentence(name string, i *record.Incident, end time.Time) string {
	begin := view.NewMoment(i.Begin, v.Location).Text
	var text string
	switch {
	case end.IsZero():
		text = v.Translate("%s since %s (for %s)", name, begin, v.rounded(v.Now.Sub(i.Begin)))
	default:
		text = v.Translate("%s from %s to %s (%s)", name, begin, v.endText(i.Begin, end), v.rounded(end.Sub(i.Begin)))
	}
	switch {
	case i.Peak > 0 && i.Usual > 0:
		text += ", " + v.Translate("at most %d requests a second where %d are usual", i.Peak, i.Usual)
	case i.Peak > 0:
		text += ", " + v.Translate("at most %d requests a second", i.Peak)
	}
	switch refused := i.Throttled + i.Banned; {
	case refused > 0 && i.Throttled > 0 && i.Banned > 0:
		text += "; " + v.Translate("%s refused, of which %d by a ban", v.Locale.Count(int(refused), locale.Text("%d request"), locale.Text("%d requests")), i.Banned)
	case refused > 0:
		text += "; " + v.Translate("%s refused", v.Locale.Count(int(refused), locale.Text("%d request"), locale.Text("%d requests")))
	default:
		text += "; " + v.Translate("nothing was refused")
	}
	return text + "."
}

// endText is the end of a time, without the date if that is the same.
func (v *Pages) endText(begin, end time.Time) string {
	text := view.NewMoment(end, v.Location).Text
	if b := begin.In(v.Location).Format(time.DateOnly); b == end.In(v.Location).Format(time.DateOnly) {
		return end.In(v.Location).Format(time.TimeOnly)
	}
	return text
}
