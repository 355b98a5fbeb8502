package logformat

import "time"

// stamp is a time for programs, "" for none.
func stamp(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(loc).Format(time.RFC3339Nano)
}

// clock is a time for people, with its offset where the clock shows the same
// twice, as in the hour that autumn repeats.
func clock(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	if t = t.In(loc); twice(t) {
		return t.Format("2006-01-02 15:04:05 -07:00")
	}
	return t.Format(time.DateTime)
}

func twice(t time.Time) bool {
	const around = 3 * time.Hour // more than any clock was ever set back by
	before, after := offset(t.Add(-around)), offset(t.Add(around))
	back := before - after
	if back <= 0 {
		return false
	}
	return offset(t.Add(back)) == offset(t)-back || offset(t.Add(-back)) == offset(t)+back
}

func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}
