package security

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

type incidentsPage struct {
	view.Layout
	// Status counts the incidents.
	Status, Zone string
	// Sought is the id to look up, Invalid the validation error of it.
	Sought, Invalid string
	Found           *foundIncident
	// NotFound says why nothing was found.
	NotFound string
	// Open are the incidents that go on, Ended the others, the latest first.
	Open, Ended []incidentRow
}

// foundIncident is the request that a refused visitor tells of.
type foundIncident struct {
	Facts   []view.Fact
	Verdict string
	Tone    string
	Address string
	Flags   []flagRow
}

// Bounds of looking an incident up: there is no index of ids.
const (
	incidentBack = 7 * 24 * time.Hour
	incidentTime = 10 * time.Second
	longestID    = 128
)

// Incidents shows the incidents of the whole site, and looks up an incident id.
func (v *Pages) Incidents(w http.ResponseWriter, r *http.Request) error {
	given, err := view.Query(r)
	if err != nil {
		return err
	}
	for name, all := range given {
		if name != "id" || len(all) > 1 {
			return &record.ParamError{Param: name, Reason: record.NotOfPage.With()}
		}
	}
	page := incidentsPage{Layout: v.NewLayout(v.Translate("Incidents"), "incidents"), Zone: view.ZoneName(v.Location, v.Now), Sought: strings.TrimSpace(given.Get("id"))}
	status := http.StatusOK
	switch {
	case len(page.Sought) > longestID:
		page.Invalid, status = v.Translate("An incident id is shorter than that."), http.StatusBadRequest
	case page.Sought != "":
		if err := v.lookUp(r.Context(), &page); err != nil {
			return err
		}
	}
	if err := v.addIncidents(r.Context(), &page); err != nil {
		return err
	}
	return v.Render(w, status, incidentsTemplate, page)
}

// lookUp looks for the request with an id among the latest.
func (v *Pages) lookUp(ctx context.Context, page *incidentsPage) error {
	within, cancel := context.WithTimeout(ctx, incidentTime)
	defer cancel()
	found, oldest, err := findRequest(within, v.Source, page.Sought, v.Now.Add(-incidentBack), v.Now)
	switch {
	case found != nil:
		page.Found = v.newIncident(ctx, found)
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		page.NotFound = v.Translate("There is too much to look at: no request since %s has this id.", view.NewMoment(oldest, v.Location).Text)
	case err != nil:
		return fmt.Errorf("looking for an incident: %w", err)
	default:
		page.NotFound = v.Translate("No request of the last 7 days has this id.")
	}
	return nil
}

// findRequest looks for the latest request with an id between two times, and
// returns the time of the oldest request that it read.
func findRequest(ctx context.Context, log view.RequestLog, id string, from, to time.Time) (found *record.Request, oldest time.Time, err error) {
	oldest = to
	err = log.EachRequest(ctx, query.Requests{From: from}, func(r *record.Request) error {
		oldest = r.Time
		if r.RequestID != id {
			return nil
		}
		one := r.Clone()
		found = &one
		return errStop
	})
	return found, oldest, err
}

func (v *Pages) newIncident(ctx context.Context, r *record.Request) *foundIncident {
	in := &foundIncident{Facts: v.newExample(r).Facts, Address: v.addressHref(r.IP), Verdict: v.Translate("Passed")}
	if text, refused := view.VerdictTexts[r.Verdict]; refused {
		in.Verdict, in.Tone = v.Translate(text), "bad"
	}
	if s, err := addressSubject(r.IP.WithZone("").String()); err == nil {
		for _, f := range v.flagsAround(ctx, s) {
			in.Flags = append(in.Flags, v.newFlagRow(&f))
		}
	}
	return in
}
