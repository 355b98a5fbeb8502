package events

import (
	"strconv"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// eventRow is the row of one entry.
type eventRow struct {
	Seq           string
	Href          string
	When          view.Moment
	Subject       string
	SubjectLabel  string
	Text          string
	Category      string
	Outcome       string // only if it is worth a word
	Initiator     person
	Action        string
	ActionAddress string // "" if the action leads nowhere safe
}

// person is an initiator. Kind is empty for an ordinary user.
type person struct {
	Name, Email, Kind string
	Anonymous         bool
}

func (v *Pages) newEventRow(e *record.Event) eventRow {
	seq := strconv.FormatUint(e.Seq, 10)
	row := eventRow{
		Seq:       seq,
		Href:      v.Base + "events/" + seq,
		When:      view.NewMoment(e.Time, v.Location),
		Text:      display.Visible(v.Description(e)),
		Category:  display.Visible(v.Category(e.Category)),
		Initiator: v.newPerson(e),
	}
	if s := e.Subject; s != nil {
		row.Subject, row.SubjectLabel = display.Visible(s.String()), display.Visible(s.Label)
	}
	if e.Outcome != record.OutcomeSuccess {
		row.Outcome = display.Visible(v.Outcome(e.Outcome))
	}
	if a := e.Action; a != nil {
		row.Action, row.ActionAddress = display.Visible(a.Label), view.SafeHref(a.Href)
		if row.Action == "" {
			row.Action = v.Translate("View")
		}
	}
	return row
}

func (v *Pages) newPerson(e *record.Event) person {
	name, email := v.Who(e)
	p := person{Name: display.Visible(name), Email: display.Visible(email), Anonymous: e.Anonymized}
	if i := e.Initiator; i != nil && !e.Anonymized && (i.Kind == "system" || i.Kind == "api") {
		p.Kind = i.Kind
	}
	return p
}
