package console

import (
	"strconv"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// eventRow is one entry as people read it.
type eventRow struct {
	Seq           string
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
	seq := strconv.FormatUint(e.Seq, 10)
	row := eventRow{
		Seq:       seq,
		Href:      c.Base + "events/" + seq,
		When:      newMoment(e.Time, c.location()),
		Text:      display.Visible(c.description(e)),
		Category:  display.Visible(c.category(e.Category)),
		Initiator: c.newPerson(e),
	}
	if s := e.Subject; s != nil {
		row.Subject, row.SubjectLabel = display.Visible(s.String()), display.Visible(s.Label)
	}
	if e.Outcome != record.OutcomeSuccess {
		row.Outcome = display.Visible(c.outcome(e.Outcome))
	}
	if a := e.Action; a != nil {
		row.Action, row.ActionAddress = display.Visible(a.Label), safeHref(a.Href)
		if row.Action == "" {
			row.Action = c.say("View")
		}
	}
	return row
}

func (c *Console) newPerson(e *record.Event) person {
	name, email := c.who(e)
	p := person{Name: display.Visible(name), Email: display.Visible(email), Anonymous: e.Anonymized}
	if i := e.Initiator; i != nil && !e.Anonymized && (i.Kind == "system" || i.Kind == "api") {
		p.Kind = i.Kind
	}
	return p
}
