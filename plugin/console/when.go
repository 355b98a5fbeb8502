package console

import "time"

// moment is a time as pages show it.
type moment struct {
	// Text is the wall clock in the instance's zone; Offset is there only
	// where that clock showed the same time twice.
	Text, Offset string
	// ISO is for machines.
	ISO string
}

func newMoment(t time.Time, loc *time.Location) moment {
	if t.IsZero() {
		return moment{}
	}
	t = t.In(loc)
	m := moment{Text: t.Format(time.DateTime), ISO: t.Format(time.RFC3339)}
	if repeated(t) {
		m.Offset = t.Format("-07:00")
	}
	return m
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

// zoneName is how people call loc.
func zoneName(loc *time.Location, now time.Time) string {
	if loc != time.Local {
		return loc.String()
	}
	return now.In(loc).Format("MST (UTC-07:00)")
}
