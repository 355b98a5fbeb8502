package security

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

// flagPage is about one address, flagged or not, or about what else is flagged.
type flagPage struct {
	view.Layout
	Done *done
	Zone string
	Row  flagRow
	// Flagged says that there is a flag, Address that it is about one.
	Flagged, Address bool
	Facts            []view.Fact
	Form             decisionForm
	Reasons          []reason
	Evidence         []evidenceRow
	Chart            *chart
	// Last is the last decision, if it can be taken back with Undo.
	Last, Undo string
	// NotCounted says that the chart would have taken too long.
	NotCounted bool
	Story      []happening
	Notes      []noteRow
	Requests   string
	Others     []flagRow
}

type noteRow struct {
	When     view.Moment
	By, Text string
}

// Flag shows the subject of a flag.
func (v *Pages) Flag(w http.ResponseWriter, r *http.Request) error {
	done, err := v.onlyDone(r)
	if err != nil {
		return err
	}
	flag, err := v.Source.Flag(r.Context(), r.PathValue("id"))
	if err != nil {
		return fmt.Errorf("reading a flag: %w", err)
	}
	return v.showSubject(w, r, flag.Subject, &flag, done)
}

// Address shows an address or a network, flagged or not.
func (v *Pages) Address(w http.ResponseWriter, r *http.Request) error {
	done, err := v.onlyDone(r)
	if err != nil {
		return err
	}
	s, err := addressSubject(r.PathValue("ip"))
	if err != nil {
		return err
	}
	flag, err := v.flagAt(r.Context(), s)
	if err != nil {
		return err
	}
	return v.showSubject(w, r, s, flag, done)
}

// onlyDone reads the parameters of a page that has none but what was done.
func (v *Pages) onlyDone(r *http.Request) (*done, error) {
	given, err := view.Query(r)
	if err != nil {
		return nil, err
	}
	done, err := v.takeDone(r.Context(), given)
	for name := range given {
		return nil, &record.ParamError{Param: name, Reason: record.NotOfPage.With()}
	}
	return done, err
}

// flagAt is the flag of just this address, or nil.
func (v *Pages) flagAt(ctx context.Context, s record.FlagSubject) (*record.FlagCase, error) {
	for _, f := range v.flagsAround(ctx, s) {
		if f.Subject == s {
			flag, err := v.Source.Flag(ctx, f.ID)
			if err != nil {
				return nil, fmt.Errorf("reading a flag: %w", err)
			}
			return &flag, nil
		}
	}
	return nil, nil
}

// flagsAround are the flags of addresses within the subject, and of networks that
// it is in. A page can do without them.
func (v *Pages) flagsAround(ctx context.Context, s record.FlagSubject) []record.Flag {
	prefix, err := netip.ParsePrefix(s.Value)
	if err != nil || s.Kind != record.AddressSubject {
		return nil
	}
	found, _, err := v.Source.Flags(ctx, query.Flags{Kind: record.AddressSubject, Prefix: prefix, Limit: query.DefaultLimit})
	if err != nil && ctx.Err() == nil {
		v.Report(fmt.Errorf("listing flags: %w", err))
	}
	return found
}

func (v *Pages) showSubject(w http.ResponseWriter, r *http.Request, s record.FlagSubject, flag *record.FlagCase, done *done) error {
	back := v.hereWithout(nil)
	page := flagPage{
		Layout: v.NewLayout(v.subjectText(s), "flags"),
		Done:   done, Zone: view.ZoneName(v.Location, v.Now), Address: s.Kind == record.AddressSubject,
		Form: v.newDecisionForm(back).only("address", s.Value, s.Kind),
	}
	page.Decides = true
	if page.Address {
		page.Requests = v.requestsFrom(s.Value)
	}
	if flag != nil {
		page.Flagged, page.Row = true, v.newFlagRow(&flag.Flag)
		page.Form = v.newDecisionForm(back).only("id", flag.ID, s.Kind)
		page.Facts, page.Reasons = v.flagFacts(&page.Row), v.reasons(&flag.Flag)
		page.Evidence = v.newEvidenceRows(newestFirst(flag.Evidence), s)
		page.Story = v.story(flag)
		if n := len(flag.Decisions); n > 0 && flag.Decisions[n-1].Decision.State() != "" && (done == nil || len(done.Undo) == 0) {
			page.Last, page.Undo = v.decisionText(flag.Decisions[n-1].Decision), undoToken(flag.ID, flag.Decisions[n-1].At)
		}
		for _, n := range flag.Notes {
			page.Notes = append(page.Notes, noteRow{view.NewMoment(n.At, v.Location), v.byWhom(n.By), display.Visible(n.Text)})
		}
	}
	for _, f := range v.flagsAround(r.Context(), s) {
		if f.Subject != s {
			page.Others = append(page.Others, v.newFlagRow(&f))
		}
	}
	if err := v.addTimeline(r.Context(), &page, s, flag); err != nil {
		return err
	}
	return v.Render(w, http.StatusOK, flagTemplate, page)
}

// requestsFrom is the server log with the requests of an address or a network.
func (v *Pages) requestsFrom(value string) string {
	return v.Base + "requests?" + url.Values{"from": {""}, "q": {query.FormatTerm("ip", plainPrefix(value), false)}}.Encode()
}

// timelineBack is how far back the timeline goes at the least.
const timelineBack = 24 * time.Hour

// addTimeline draws the subject's requests, with logins and decisions among them.
func (v *Pages) addTimeline(ctx context.Context, page *flagPage, s record.FlagSubject, flag *record.FlagCase) error {
	prefix, err := netip.ParsePrefix(s.Value)
	if err != nil || s.Kind != record.AddressSubject {
		return nil
	}
	q := query.Requests{Prefix: prefix, From: v.Now.Add(-timelineBack), To: v.Now}
	if flag != nil {
		for _, r := range flag.Rules {
			if !r.First.IsZero() && r.First.Before(q.From) {
				q.From = r.First.Add(-time.Hour)
			}
		}
	}
	f := view.Filter{Action: v.Base + "requests", Given: url.Values{"q": {query.FormatTerm("ip", plainPrefix(s.Value), false)}}}
	chart, sum, err := v.requestChart(ctx, &f, v.Translate("Requests"), q)
	if err != nil {
		return err
	}
	page.Chart, page.NotCounted = chart, sum == nil
	if chart == nil || flag == nil {
		return nil
	}
	for i := range flag.Logins {
		if e := &flag.Logins[i]; isLogin(e) {
			class := "m-login"
			if e.Outcome != record.OutcomeSuccess {
				class = "m-failed"
			}
			chart.mark(class, view.NewMoment(e.Time, v.Location).Text+" "+display.Visible(v.Description(e)), e.Time)
		}
	}
	for _, d := range flag.Decisions {
		chart.mark("m-decision", view.NewMoment(d.At, v.Location).Text+" "+v.decisionText(d.Decision), d.At)
	}
	return nil
}

// newestFirst are requests in the order that lists have.
func newestFirst(list []record.Evidence) []record.Evidence {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b record.Evidence) int { return b.Time.Compare(a.Time) })
	return list
}

// flagFacts are what else is known of a flag.
func (v *Pages) flagFacts(row *flagRow) []view.Fact {
	state := row.State
	if row.Scope != "" {
		state += " (" + row.Scope + ")"
	}
	if row.Left != "" {
		state += ", " + row.Left
	}
	all := []view.Fact{
		{Name: v.Translate("State"), Text: state},
		{Name: v.Translate("Until"), When: row.Until},
		{Name: v.Translate("Ended"), When: row.Ended},
		{Name: v.Translate("Review"), Text: row.Review},
		{Name: v.Translate("Country"), Text: row.Country},
		{Name: v.Translate("Network"), Text: row.Network},
		{Name: v.Translate("Strikes"), Text: v.Translate("%d", row.Strikes)},
		{Name: v.Translate("First seen"), When: row.First},
		{Name: v.Translate("Last seen"), When: row.Last},
	}
	return view.Known(all)
}
