package record

import "time"

// In is e with its times in loc, so that JSON carries its offset.
func (e Event) In(loc *time.Location) Event {
	e.Time, e.Received, e.Until = timeIn(e.Time, loc), timeIn(e.Received, loc), timeIn(e.Until, loc)
	return e
}

// In is r with its time in loc, so that JSON carries its offset.
func (r Request) In(loc *time.Location) Request {
	r.Time = timeIn(r.Time, loc)
	return r
}

// In is h with its times in loc, so that JSON carries its offset.
func (h Health) In(loc *time.Location) Health {
	h.LastRetentionRun = timeIn(h.LastRetentionRun, loc)
	h.ServerLog, h.ApplicationLog = h.ServerLog.in(loc), h.ApplicationLog.in(loc)
	return h
}

func (b *BookHealth) in(loc *time.Location) *BookHealth {
	if b == nil {
		return nil
	}
	local := *b
	local.Oldest, local.Newest, local.LastFlush = timeIn(b.Oldest, loc), timeIn(b.Newest, loc), timeIn(b.LastFlush, loc)
	return &local
}

// timeIn leaves the zero time alone: in another zone it would no longer be
// left out of JSON. So it does with the last and the first hours that JSON can
// hold, which are beyond its years elsewhere: 9999-12-31T23:59:59Z is how many
// say "never".
func timeIn(t time.Time, loc *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	local := t.In(loc)
	if year := local.Year(); year < 1 || year > 9999 {
		return t.UTC()
	}
	return local
}

// Clock is how people read t off the wall in loc. The offset is there only
// where that clock shows the same time twice, as in the hour that autumn
// repeats. The zero time shows nothing.
func Clock(t time.Time, loc *time.Location) (clock, offset string) {
	if t.IsZero() {
		return "", ""
	}
	t = timeIn(t, loc)
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
