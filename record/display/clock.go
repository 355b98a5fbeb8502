package display

import (
	"time"

	"github.com/gatebook/gatebook/record"
)

// Clock is how people read t off the wall in loc. The offset is there only
// where that clock shows the same time twice, as in the hour that autumn
// repeats. The zero time shows nothing.
func Clock(t time.Time, loc *time.Location) (clock, offset string) {
	if t.IsZero() {
		return "", ""
	}
	t = record.TimeIn(t, loc)
	if repeated(t) {
		offset = t.Format("-07:00")
	}
	return t.Format(time.DateTime), offset
}

// repeated reports whether the clock on the wall shows t's time twice, as it
// does where clocks are set back.
func repeated(t time.Time) bool {
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		if t.Sub(start) < time.Duration(before-offset)*time.Second {
			return true
		}
	}
	if !end.IsZero() {
		_, after := end.Zone()
		if end.Sub(t) <= time.Duration(offset-after)*time.Second {
			return true
		}
	}
	return false
}
