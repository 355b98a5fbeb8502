package detection

import (
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

func TestEventOf(t *testing.T) {
	flag := func(kind record.SubjectKind, state record.FlagState) *record.Flag {
		return &record.Flag{Subject: record.FlagSubject{Kind: kind}, State: state}
	}
	address := func(state record.FlagState) *record.Flag { return flag(record.AddressSubject, state) }
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ban := func(since time.Time) *record.Flag {
		f := address(record.FlagBanned)
		f.Since, f.Until = since, since.Add(time.Hour)
		return f
	}
	attacked := func(begin time.Time) *record.Flag {
		f := flag(record.InstanceSubject, record.FlagObserved)
		f.Incidents = []record.Incident{{Begin: begin}}
		return f
	}
	for _, c := range []struct {
		name     string
		old, now *record.Flag
		want     string
	}{
		{"first flag", nil, address(record.FlagObserved), EventFlagged},
		{"first flag is a ban", nil, address(record.FlagBanned), EventBanned},
		{"same state", address(record.FlagBanned), address(record.FlagBanned), ""},
		{"banned later", address(record.FlagObserved), address(record.FlagBanned), EventBanned},
		{"expired", address(record.FlagBanned), address(record.FlagObserved), ""},
		{"banned again after the end", ban(noon), ban(noon.Add(time.Hour)), EventBanned},
		{"banned longer", ban(noon), ban(noon.Add(time.Minute)), ""},
		{"the same incident", attacked(noon), attacked(noon), ""},
		{"the next incident", attacked(noon), attacked(noon.Add(time.Hour)), EventIncident},
		{"whole instance", nil, flag(record.InstanceSubject, record.FlagObserved), EventIncident},
	} {
		if got := eventOf(c.old, c.now); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
