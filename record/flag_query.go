package record

import (
	"net/netip"
	"net/url"
	"slices"
	"time"
)

// FlagQuery asks for flags; zero fields ask for nothing in particular.
type FlagQuery struct {
	Kind   SubjectKind
	State  FlagState
	Review Review
	Rule   string
	// Prefix asks for flags of addresses within it, or that contain it.
	Prefix netip.Prefix
	// From and To bound when the flag last changed.
	From, To time.Time
	Limit    int
	Cursor   string
}

var flagParams = []string{"kind", "state", "review", "rule", "ip", "from", "to", "limit", "cursor"}

// ParseFlagQuery reads the parameters of GET flags. The error is a [*ParamError].
func ParseFlagQuery(values url.Values, now time.Time, loc *time.Location) (FlagQuery, error) {
	p := newParams(values, flagParams, now, loc)
	q := FlagQuery{
		Kind:   SubjectKind(p.oneOf("kind", string(AddressSubject), string(AccountSubject), string(InstanceSubject))),
		State:  FlagState(p.oneOf("state", string(FlagObserved), string(FlagThrottled), string(FlagBanned), string(FlagAllowed), string(FlagCleared))),
		Review: Review(p.oneOf("review", string(ReviewNew), string(ReviewConfirmed), string(ReviewFalsePositive))),
		Rule:   p.text("rule"),
		Prefix: p.prefix("ip"),
		Limit:  p.limit(),
		Cursor: p.text("cursor"),
	}
	q.From, q.To = p.times()
	return q, p.err
}

// Match reports whether f is asked for. Limit and Cursor play no part.
func (q *FlagQuery) Match(f *Flag) bool {
	return (q.Kind == "" || q.Kind == f.Subject.Kind) && (q.State == "" || q.State == f.State) &&
		(q.Review == "" || q.Review == f.Review) && inRange(f.Changed, q.From, q.To) &&
		(q.Rule == "" || slices.ContainsFunc(f.Rules, func(r FlagRule) bool { return r.Rule == q.Rule })) &&
		q.matchPrefix(f)
}

func (q *FlagQuery) matchPrefix(f *Flag) bool {
	if !q.Prefix.IsValid() {
		return true
	}
	p, err := netip.ParsePrefix(f.Subject.Value)
	return err == nil && p.Overlaps(q.Prefix)
}

// FlagCase is a flag with all that one wants to know to decide on it.
type FlagCase struct {
	Flag
	// Logins are the login events, and no others, that came from its address.
	Logins []Event `json:"logins"`
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
	f.Since, f.Until, f.Changed = timeIn(f.Since, loc), timeIn(f.Until, loc), timeIn(f.Changed, loc)
	f.Rules, f.Decisions, f.Notes, f.Evidence = slices.Clone(f.Rules), slices.Clone(f.Decisions), slices.Clone(f.Notes), slices.Clone(f.Evidence)
	for i := range f.Rules {
		f.Rules[i].First, f.Rules[i].Last = timeIn(f.Rules[i].First, loc), timeIn(f.Rules[i].Last, loc)
	}
	for i := range f.Decisions {
		f.Decisions[i].At, f.Decisions[i].Until = timeIn(f.Decisions[i].At, loc), timeIn(f.Decisions[i].Until, loc)
	}
	for i := range f.Notes {
		f.Notes[i].At = timeIn(f.Notes[i].At, loc)
	}
	for i := range f.Evidence {
		f.Evidence[i] = f.Evidence[i].In(loc)
	}
	return f
}
