package query

import (
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Flags asks for flags; zero fields ask for nothing in particular.
type Flags struct {
	Kind   record.SubjectKind
	State  record.FlagState
	Review record.Review
	Rule   string
	// Prefix asks for flags of addresses within it, or that contain it.
	Prefix netip.Prefix
	// From and To bound when the flag last changed.
	From, To time.Time
	Limit    int
	Cursor   string
}

var flagParams = []string{"kind", "state", "review", "rule", "ip", "from", "to", "limit", "cursor"}

// ParseFlags reads the parameters of GET flags. The error is a [*record.ParamError].
func ParseFlags(values url.Values, now time.Time, loc *time.Location) (Flags, error) {
	p := newParams(values, flagParams, now, loc)
	q := Flags{
		Kind:   record.SubjectKind(p.oneOf("kind", string(record.AddressSubject), string(record.AccountSubject), string(record.InstanceSubject))),
		State:  record.FlagState(p.oneOf("state", string(record.FlagObserved), string(record.FlagThrottled), string(record.FlagBanned), string(record.FlagAllowed), string(record.FlagCleared), string(record.FlagExpired))),
		Review: record.Review(p.oneOf("review", string(record.ReviewNew), string(record.ReviewConfirmed), string(record.ReviewFalsePositive))),
		Rule:   p.text("rule"),
		Prefix: p.prefix("ip"),
		Limit:  p.limit(),
		Cursor: p.text("cursor"),
	}
	q.From, q.To = p.times()
	return q, p.err
}

// Match reports whether f, a [record.Flag.At] of now, is asked for. Limit and Cursor play no part.
func (q *Flags) Match(f *record.Flag) bool {
	return (q.Kind == "" || q.Kind == f.Subject.Kind) && (q.State == "" || q.State == f.State) &&
		(q.Review == "" || q.Review == f.Review) && inRange(f.Changed, q.From, q.To) &&
		(q.Rule == "" || slices.ContainsFunc(f.Rules, func(r record.FlagRule) bool { return r.Rule == q.Rule })) &&
		q.matchPrefix(f)
}

func (q *Flags) matchPrefix(f *record.Flag) bool {
	if !q.Prefix.IsValid() {
		return true
	}
	p, err := netip.ParsePrefix(f.Subject.Value)
	return err == nil && p.Overlaps(record.CountedPrefix(q.Prefix))
}
