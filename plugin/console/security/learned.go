package security

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// learnedRows is how many items a page shows; a search finds the others.
const learnedRows = 200

// shownLearned is how many characters of a text a row shows.
const shownLearned = 120

type learnedPage struct {
	view.Layout
	// Done says what was corrected, Alarm why nothing was.
	Done, Alarm string
	// Young means that the application is not known well enough for bans.
	Young        bool
	Zone, Status string
	Search       string
	Kinds        []view.Option
	Rows         []learnedRow
	// Filtered says that there may be more without the filter.
	Filtered bool
	Add      correctionForm
	Back     string
}

// correctionForm is the form about an item that no row has, as it was filled in.
type correctionForm struct {
	Kinds []view.Option
	Text  string
}

// learnedRow is an item as the page shows it.
type learnedRow struct {
	Kind             record.LearnedKind
	KindText         string
	Text             foldable
	Item             string
	State, Tone      string
	From             string
	Holds, Corrected bool
	First, Last      view.Moment
	Flags            []view.Link
}

// learnedKinds are the display names of kinds.
var learnedKinds = map[record.LearnedKind]string{
	record.LearnedOwn:      locale.Text("The application's own"),
	record.LearnedBroken:   locale.Text("Dead link"),
	record.LearnedWrites:   locale.Text("Parameter for markup or SQL"),
	record.LearnedLogin:    locale.Text("Login path"),
	record.LearnedCatchAll: locale.Text("Answer to everything"),
}

// What was done before the page is shown.
var learnedDone = map[string]string{
	"corrected": locale.Text("It was corrected, and holds from now on."),
	"undone":    locale.Text("The correction was taken back."),
	"nothing":   locale.Text("Nothing was taken back: nobody has corrected that, or somebody took it back meanwhile."),
}

// Learned shows what was learned about the application.
func (v *Pages) Learned(w http.ResponseWriter, r *http.Request) error {
	given, err := view.Query(r)
	if err != nil {
		return err
	}
	text, known := learnedDone[given.Get("done")]
	if given.Has("done") && !known {
		return &record.ParamError{Param: "done", Reason: record.NotOfPage.With()}
	}
	given.Del("done")
	page, err := v.newLearnedPage(r, given)
	if err != nil {
		return err
	}
	if known {
		page.Done = v.Translate(text)
	}
	return v.Render(w, http.StatusOK, learnedTemplate, page)
}

func (v *Pages) newLearnedPage(r *http.Request, given url.Values) (*learnedPage, error) {
	if given.Has("limit") {
		return nil, &record.ParamError{Param: "limit", Reason: record.NotOfPage.With()}
	}
	q, err := query.ParseLearned(given)
	if err != nil {
		return nil, err
	}
	q.Limit = learnedRows
	list, err := v.Source.Learned(r.Context(), q)
	if err != nil {
		return nil, fmt.Errorf("listing what was learned: %w", err)
	}
	page := &learnedPage{
		Layout: v.NewLayout(v.Translate("Learned"), "learned"), Young: !list.Mature, Zone: view.ZoneName(v.Location, v.Now),
		Status: v.Locale.Count(list.Total, locale.Text("%d item"), locale.Text("%d items")), Search: q.Text,
		Kinds: v.learnedKindOptions(q.Kind), Filtered: q.Kind != "" || q.Text != "",
		Add: correctionForm{Kinds: v.learnedKindOptions(q.Kind)},
	}
	page.Back = v.Base + "learned"
	if len(given) > 0 {
		page.Back += "?" + given.Encode()
	}
	if n := len(list.Items); n < list.Total {
		page.Status = v.Translate("The first %d of %d items; a search shows the others", n, list.Total)
	}
	for i := range list.Items {
		page.Rows = append(page.Rows, v.newLearnedRow(&list.Items[i]))
	}
	return page, nil
}

func (v *Pages) learnedKindOptions(chosen record.LearnedKind) (list []view.Option) {
	for _, k := range record.LearnedKinds {
		list = append(list, view.Option{Value: string(k), Label: v.Translate(learnedKinds[k]), Chosen: k == chosen})
	}
	return list
}

func (v *Pages) newLearnedRow(i *record.LearnedItem) learnedRow {
	row := learnedRow{
		Kind: i.Kind, KindText: v.Translate(learnedKinds[i.Kind]), Text: newFoldable(i.Text, shownLearned), Item: i.Text,
		State: v.Translate("Holds"), Tone: "ok", Holds: i.Holds, Corrected: i.Corrected,
		First: view.NewMoment(i.First, v.Location), Last: view.NewMoment(i.Last, v.Location),
	}
	if !i.Holds {
		row.State, row.Tone = v.Translate("Does not hold"), "warn"
	}
	switch {
	case i.Confirmed:
		row.From = v.Translate("Learned from a user who logged in")
	case i.Teachers >= 3:
		row.From = v.Translate("Learned from three clients or more")
	case i.Learned:
		row.From = v.Translate("Learned from answers and logins")
	}
	for _, id := range i.Flags {
		row.Flags = append(row.Flags, view.Link{Text: v.Translate("Taught by a false positive"), Href: v.Base + "flags/" + url.PathEscape(id)})
	}
	return row
}

// The buttons of corrections.
const (
	correctYes  = "yes"
	correctNo   = "no"
	correctUndo = "undo"
)

// CorrectLearned corrects an item, or takes that back.
func (v *Pages) CorrectLearned(w http.ResponseWriter, r *http.Request) error {
	if err := view.NoParams(r); err != nil {
		return err
	}
	form, err := view.ReadForm(w, r)
	if err != nil {
		return err
	}
	c := record.Correction{Kind: record.LearnedKind(form.Get("kind")), Text: form.Get("text")}
	do, done := form.Get("do"), "corrected"
	switch {
	case !slices.Contains([]string{correctYes, correctNo, correctUndo}, do):
		return &problem.Error{Status: http.StatusBadRequest, Detail: locale.Text("The form cannot be read.")}
	case do == correctUndo:
		done = "undone"
		if err = c.Check(); err == nil {
			err = audit.UndoCorrection(r.Context(), v.View, v.Source, v.Source, c)
		}
		if errors.Is(err, record.ErrNotFound) {
			done, err = "nothing", nil
		}
	default:
		c.Holds = do == correctYes
		if err = c.Check(); err == nil {
			err = audit.Correct(r.Context(), v.View, v.Source, v.Source, c)
		}
	}
	if _, invalid := errors.AsType[*record.ParamError](err); invalid {
		return v.refuseCorrection(w, r, c, err)
	}
	if err != nil {
		return err
	}
	view.SeeOther(w, v.learnedAddress(form.Get("back"), done))
	return nil
}

// refuseCorrection shows the form as it was filled in, with the reason.
func (v *Pages) refuseCorrection(w http.ResponseWriter, r *http.Request, c record.Correction, reason error) error {
	page, err := v.newLearnedPage(r, url.Values{})
	if err != nil {
		return err
	}
	page.Alarm = v.Translate("Nothing was corrected.") + " " + v.Explain(reason).Detail
	page.Add = correctionForm{v.learnedKindOptions(c.Kind), c.Text}
	return v.Render(w, http.StatusBadRequest, learnedTemplate, page)
}

// learnedAddress is the page that a form came from, with what was done.
func (v *Pages) learnedAddress(back, done string) string {
	address := v.Base + "learned"
	values := url.Values{}
	if u, err := url.Parse(v.backTo(back)); err == nil && u.Path == address {
		values = view.Clone(u.Query(), "done")
	}
	values.Set("done", done)
	return address + "?" + values.Encode()
}
