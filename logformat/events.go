package logformat

import (
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

var eventList = &list[record.Event]{
	kind: "events",
	columns: []column{
		{title: "Date", zoned: true}, {title: "Subject", max: 30}, {title: "Description", max: 80},
		{title: "Initiator", max: 48}, {title: "Action", max: 20}, {title: "Category", max: 16},
	},
	cells:  eventCells,
	header: display.EventHeader,
	csv:    display.EventRow,
	in:     record.Event.In,
}

func eventCells(e *record.Event, loc *time.Location) []string {
	var action string
	if e.Action != nil {
		action = e.Action.Label
	}
	return []string{clock(e.Time, loc), e.Subject.String(), display.Description(e), display.WhoLine(e), action, e.Category}
}
