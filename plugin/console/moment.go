package console

import (
	"slices"
	"time"

	"github.com/gatebook/gatebook/record/display"
)

// moment is a time as pages show it.
type moment struct {
	// Text and Offset are a [display.Clock] in the instance's zone.
	Text, Offset string
	// ISO is for machines.
	ISO string
}

func newMoment(t time.Time, loc *time.Location) moment {
	if t.IsZero() {
		return moment{}
	}
	text, offset := display.Clock(t, loc)
	return moment{Text: text, Offset: offset, ISO: t.In(loc).Format(time.RFC3339)}
}

// zoneName is the display name of loc.
func zoneName(loc *time.Location, now time.Time) string {
	if loc != time.Local {
		return loc.String()
	}
	return now.In(loc).Format("MST (UTC-07:00)")
}

// fact is one named field of an entry, a moment or a text.
type fact struct {
	Name, Text string
	When       moment
}

// known returns the facts that are known.
func known(facts []fact) []fact {
	return slices.DeleteFunc(facts, func(f fact) bool { return f.Text == "" && f.When.ISO == "" })
}
