package events

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

type eventPage struct {
	view.Layout
	Zone    string
	Row     eventRow
	Facts   []view.Fact
	Marks   []string
	Changes []changeRow
	// Details and Ext are what the application added, Raw is all of it.
	Details, Ext, Raw string
	// Back is the log.
	Back    string
	Related *related
	ByThem  view.Link
}

type changeRow struct{ Field, Old, New string }

// Entry shows one entry.
func (v *Pages) Entry(w http.ResponseWriter, r *http.Request) error {
	if err := view.NoParams(r); err != nil {
		return err
	}
	e, err := view.EventAt(r, v.Source)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(e.In(v.Location))
	if err != nil {
		return fmt.Errorf("encoding event %d: %w", e.Seq, err)
	}
	page := eventPage{
		Layout:  v.NewLayout(v.Translate("Entry %s", strconv.FormatUint(e.Seq, 10)), "entry"),
		Zone:    view.ZoneName(v.Location, v.Now),
		Row:     v.newEventRow(&e),
		Facts:   v.factsOf(&e),
		Details: objectText(e.Details),
		Ext:     objectText(e.Ext),
		Raw:     indentJSON(raw),
		Back:    v.Base,
		ByThem:  v.byInitiator(&e),
	}
	if page.Related, err = v.relatedTo(r.Context(), &e); err != nil {
		return err
	}
	for _, m := range e.Marks {
		page.Marks = append(page.Marks, v.markText(m))
	}
	for _, ch := range e.Changes {
		page.Changes = append(page.Changes, changeRow{
			Field: display.Visible(ch.Field),
			Old:   display.Visible(display.PlainValue(ch.Old)),
			New:   display.Visible(display.PlainValue(ch.New)),
		})
	}
	return v.Render(w, http.StatusOK, eventTemplate, page)
}

// factsOf lists the fields that e has and that the page shows nowhere else.
func (v *Pages) factsOf(e *record.Event) []view.Fact {
	loc := v.Location
	var label, person string
	if s := e.Subject; s != nil {
		label = s.Label
	}
	if i := e.Initiator; i != nil && !e.Anonymized {
		person = strings.TrimPrefix(strings.Join([]string{i.ID, i.Kind}, ", "), ", ")
		person = strings.TrimSuffix(person, ", ")
	}
	var request string
	if e.Method != "" || e.Status != 0 {
		request = strings.TrimSpace(v.Translate("%s answered %s", e.Method, strconv.Itoa(e.Status)))
	}
	all := []view.Fact{
		{Name: v.Translate("Date"), When: view.NewMoment(e.Time, loc)},
		{Name: v.Translate("Received"), When: view.NewMoment(e.Received, loc)},
		{Name: v.Translate("Category"), Text: v.Category(e.Category)},
		{Name: v.Translate("Type"), Text: e.Type},
		{Name: v.Translate("Subject"), Text: e.Subject.String()},
		{Name: v.Translate("Subject's label"), Text: label},
		{Name: v.Translate("Initiator"), Text: v.WhoLine(e)},
		{Name: v.Translate("Initiator's id and kind"), Text: person},
		{Name: v.Translate("Other people concerned"), Text: strings.Join(e.Persons, ", ")},
		{Name: v.Translate("Outcome"), Text: v.Outcome(e.Outcome)},
		{Name: v.Translate("Ends"), When: view.NewMoment(e.Until, loc)},
		{Name: v.Translate("Key"), Text: e.Key},
		{Name: v.Translate("Names nobody"), Text: strings.Join(e.Impersonal, ", ")},
		{Name: v.Translate("Request"), Text: request},
		{Name: v.Translate("Request id"), Text: e.RequestID},
		{Name: v.Translate("Came by"), Text: e.Transport},
		{Name: v.Translate("Number"), Text: strconv.FormatUint(e.Seq, 10)},
		{Name: v.Translate("Id"), Text: e.ID},
	}
	facts := view.Known(all)
	for i := range facts {
		facts[i].Text = display.Visible(facts[i].Text)
	}
	return facts
}

// maxRelated is how many entries about the same subject are shown beside one.
const maxRelated = 5

// related are the latest of the other entries about the same subject.
type related struct {
	About string
	Rows  []eventRow
	// All is where all of them are.
	All string
}

// relatedTo is nil for an entry without a subject.
func (v *Pages) relatedTo(ctx context.Context, e *record.Event) (*related, error) {
	s := e.Subject
	if s == nil || s.ID == "" {
		return nil, nil
	}
	subject := s.ID
	if s.Type != "" {
		subject = s.Type + ":" + s.ID
	}
	others, _, err := v.Source.Events(ctx, query.Events{
		EventFilter: query.EventFilter{Subjects: []string{subject}}, Limit: maxRelated + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("listing entries about %s: %w", subject, err)
	}
	rel := &related{About: display.Visible(s.String()), All: v.listOf("subject", subject)}
	for _, other := range others {
		if other.Seq != e.Seq && len(rel.Rows) < maxRelated {
			rel.Rows = append(rel.Rows, v.newEventRow(&other))
		}
	}
	return rel, nil
}

// byInitiator links to what the same person did, or is empty.
func (v *Pages) byInitiator(e *record.Event) view.Link {
	if i := e.Initiator; i != nil && !e.Anonymized {
		for _, name := range []string{i.ID, i.Email, i.Name} {
			if name != "" {
				return view.Link{Text: v.Translate("Entries by %s", v.newPerson(e).Name), Href: v.listOf("initiator", name)}
			}
		}
	}
	return view.Link{}
}

// listOf is the address of all entries that a search by one term finds.
func (v *Pages) listOf(qualifier, value string) string {
	return v.Base + "?" + url.Values{"from": {""}, "q": {query.FormatTerm(qualifier, value, false)}}.Encode()
}

// markTexts say what a mark means to somebody who reads the log.
var markTexts = map[string]string{
	record.MarkNoID:      locale.Text("The application gave the entry no id; this one was made here, so a repetition would not be noticed."),
	record.MarkSkew:      locale.Text("The date that the application gave is far from when the entry arrived; its clock may be wrong."),
	record.MarkLate:      locale.Text("The entry was stored only after the application's answer had gone out, because the log could not be written at once."),
	record.MarkConflict:  locale.Text("An entry with this id but other content had been stored before."),
	record.MarkLatin1:    locale.Text("The entry was not in UTF-8; it was read as Latin-1, and some characters may be wrong."),
	record.MarkMIME:      locale.Text("The entry came in an encoding meant for e-mail (RFC 2047) and was decoded."),
	record.MarkNoAction:  locale.Text("The link that the application gave led away from its own site and was left out."),
	record.MarkRejected:  locale.Text("This stands for an entry that could not be understood and was refused."),
	record.MarkTrailer:   locale.Text("The entry came at the end of the application's answer."),
	record.MarkDamaged:   locale.Text("A part of the entry was damaged on the disk and is lost: what identifies people, and texts."),
	record.MarkNoOutcome: locale.Text("The application did not say how it ended; that was taken from the status of its answer."),
}

func (v *Pages) markText(mark string) string {
	if text, ok := markTexts[mark]; ok {
		return v.Translate(text)
	}
	return display.Visible(display.Words(mark))
}

// objectText lays out a JSON object, or returns "" if it holds nothing.
func objectText(raw json.RawMessage) string {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || string(trimmed) == "{}" || string(trimmed) == "null" {
		return ""
	}
	return indentJSON(raw)
}

// indentJSON lays out JSON that came from outside for reading.
func indentJSON(raw []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, raw, "", "  ") != nil {
		return display.Visible(string(raw))
	}
	return string(display.ReadableJSON(out.Bytes()))
}
