package console

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// flagRow is one flag as people read it.
type flagRow struct {
	ID, Href string
	// Key changes when the flag has something new to say.
	Key         string
	Subject     string
	Kind        string // only if it is no address
	Country     string
	Network     string
	Rules       []string
	First, Last moment
	Requests    string
	State       string
	Tone        string
	Scope       string
	Until       moment
	Review      string
	New         bool
	Strikes     int
}

func (c *Console) newFlagRow(f *record.Flag) flagRow {
	row := flagRow{
		ID:      f.ID,
		Href:    c.flagHref(f.ID),
		Subject: c.subjectText(f.Subject),
		Country: display.Visible(f.Country),
		Network: networkText(f.ASN),
		State:   c.say(flagStates[f.State]),
		Tone:    flagTones[f.State],
		Scope:   c.say(scopes[f.Scope]),
		Until:   newMoment(f.Until, c.location()),
		Review:  c.say(reviews[f.Review]),
		New:     f.Review == record.ReviewNew,
		Strikes: f.Strikes,
	}
	if f.Subject.Kind != record.AddressSubject {
		row.Kind = c.say(subjectKinds[f.Subject.Kind])
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
	row.First, row.Last = newMoment(first, c.location()), newMoment(last, c.location())
	row.Requests = c.say("%d", requests)
	return row
}

func (c *Console) flagHref(id string) string { return c.Base + "flags/" + url.PathEscape(id) }

func networkText(asn uint32) string {
	if asn == 0 {
		return ""
	}
	return "AS" + strconv.FormatUint(uint64(asn), 10)
}
