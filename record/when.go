package record

import (
	"slices"
	"time"
)

// In is e with its times in loc, so that JSON carries its offset.
func (e Event) In(loc *time.Location) Event {
	e.Time, e.Received, e.Until = TimeIn(e.Time, loc), TimeIn(e.Received, loc), TimeIn(e.Until, loc)
	return e
}

// In is r with its time in loc, so that JSON carries its offset.
func (r Request) In(loc *time.Location) Request {
	r.Time = TimeIn(r.Time, loc)
	return r
}

// In is h with its times in loc, so that JSON carries its offset.
func (h Health) In(loc *time.Location) Health {
	h.LastRetentionRun = TimeIn(h.LastRetentionRun, loc)
	h.ServerLog, h.ApplicationLog = h.ServerLog.in(loc), h.ApplicationLog.in(loc)
	return h
}

func (b *BookHealth) in(loc *time.Location) *BookHealth {
	if b == nil {
		return nil
	}
	local := *b
	local.Oldest, local.Newest, local.LastFlush = TimeIn(b.Oldest, loc), TimeIn(b.Newest, loc), TimeIn(b.LastFlush, loc)
	return &local
}

// TimeIn is t in loc. The zero time stays as it is, because JSON would not leave it
// out in another zone. A time whose year would leave the range of JSON (1 to 9999)
// in loc stays in UTC: many programs write 9999-12-31T23:59:59Z for "never".
func TimeIn(t time.Time, loc *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	local := t.In(loc)
	if year := local.Year(); year < 1 || year > 9999 {
		return t.UTC()
	}
	return local
}

// In is c with its times in loc, so that JSON carries its offset.
func (c FlagCase) In(loc *time.Location) FlagCase {
	c.Flag = c.Flag.In(loc)
	c.Logins = slices.Clone(c.Logins)
	for i := range c.Logins {
		c.Logins[i] = c.Logins[i].In(loc)
	}
	return c
}

// In is f with its times in loc, so that JSON carries its offset.
func (f Flag) In(loc *time.Location) Flag {
	f.Since, f.Until, f.Changed = TimeIn(f.Since, loc), TimeIn(f.Until, loc), TimeIn(f.Changed, loc)
	f.Sanctions, f.Incidents = slices.Clone(f.Sanctions), slices.Clone(f.Incidents)
	for i := range f.Sanctions {
		f.Sanctions[i].At, f.Sanctions[i].Until = TimeIn(f.Sanctions[i].At, loc), TimeIn(f.Sanctions[i].Until, loc)
	}
	for i := range f.Incidents {
		one := &f.Incidents[i]
		one.Begin, one.Last, one.End = TimeIn(one.Begin, loc), TimeIn(one.Last, loc), TimeIn(one.End, loc)
	}
	f.Rules, f.Decisions, f.Notes, f.Evidence = slices.Clone(f.Rules), slices.Clone(f.Decisions), slices.Clone(f.Notes), slices.Clone(f.Evidence)
	for i := range f.Rules {
		f.Rules[i].First, f.Rules[i].Last = TimeIn(f.Rules[i].First, loc), TimeIn(f.Rules[i].Last, loc)
	}
	for i := range f.Decisions {
		f.Decisions[i].At, f.Decisions[i].Until = TimeIn(f.Decisions[i].At, loc), TimeIn(f.Decisions[i].Until, loc)
	}
	for i := range f.Notes {
		f.Notes[i].At = TimeIn(f.Notes[i].At, loc)
	}
	for i := range f.Evidence {
		f.Evidence[i] = f.Evidence[i].In(loc)
	}
	return f
}
