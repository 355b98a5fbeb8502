package security

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// flagRow is the row of one flag.
type flagRow struct {
	ID, Href string
	// Key changes when the flag changes.
	Key         string
	Subject     string
	Kind        string // only if it is no address
	Country     string
	Network     string
	Rules       []string
	First, Last view.Moment
	Requests    string
	State       string
	Tone        string
	Scope       string
	// Until is when the state ends, and Left how long that is from now; Ended is when
	// it ended.
	Until, Ended view.Moment
	Left         string
	Review       string
	New          bool
	Strikes      int
}

func (v *Pages) newFlagRow(f *record.Flag) flagRow {
	row := flagRow{
		ID:      f.ID,
		Href:    v.flagHref(f.ID),
		Subject: v.subjectText(f.Subject),
		Country: display.Visible(f.Country),
		Network: networkText(f.ASN),
		State:   v.stateText(f),
		Tone:    flagTones[f.State],
		Scope:   v.Translate(scopes[f.Scope]),
		Review:  v.Translate(reviews[f.Review]),
		New:     f.Review == record.ReviewNew,
		Strikes: f.Strikes,
	}
	switch {
	case f.InForce && !f.Until.IsZero():
		row.Until, row.Left = view.NewMoment(f.Until, v.Location), v.left(f.Until.Sub(v.Now))
	case f.State == record.FlagExpired:
		row.Ended = view.NewMoment(f.Until, v.Location)
	}
	if f.Subject.Kind != record.AddressSubject {
		row.Kind = v.Translate(subjectKinds[f.Subject.Kind])
	}
	row.Key = strings.Join(append([]string{f.ID, string(f.State), string(f.Review)}, f.RuleNames()...), " ")
	var first, last time.Time
	requests := 0
	for _, r := range f.Rules {
		row.Rules = append(row.Rules, display.Visible(r.Rule))
		requests += r.Count
		if first.IsZero() || r.First.Before(first) {
			first = r.First
		}
		if r.Last.After(last) {
			last = r.Last
		}
	}
	if last.IsZero() {
		last = f.Changed
	}
	row.First, row.Last = view.NewMoment(first, v.Location), view.NewMoment(last, v.Location)
	row.Requests = v.Translate("%d", requests)
	return row
}

func (v *Pages) flagHref(id string) string { return v.Base + "flags/" + url.PathEscape(id) }

func networkText(asn uint32) string {
	if asn == 0 {
		return ""
	}
	return "AS" + strconv.FormatUint(uint64(asn), 10)
}
