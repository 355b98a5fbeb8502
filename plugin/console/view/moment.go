package view

import (
	"time"

	"github.com/gatebook/gatebook/record/display"
)

// Moment is a time as pages show it.
type Moment struct {
	// Text and Offset are a [display.Clock] in the instance's zone.
	Text, Offset string
	// ISO is for machines.
	ISO string
}

// NewMoment shows t in the zone loc; the zero time is the zero Moment.
func NewMoment(t time.Time, loc *time.Location) Moment {
	if t.IsZero() {
		return Moment{}
	}
	text, offset := display.Clock(t, loc)
	return Moment{Text: text, Offset: offset, ISO: t.In(loc).Format(time.RFC3339)}
}

// ZoneName is the display name of loc.
func ZoneName(loc *time.Location, now time.Time) string {
	if loc != time.Local {
		return loc.String()
	}
	return now.In(loc).Format("MST (UTC-07:00)")
}
