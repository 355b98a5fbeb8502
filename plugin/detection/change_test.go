package detection

import (
	"testing"

	"github.com/gatebook/gatebook/record"
)

func TestEventOf(t *testing.T) {
	flag := func(kind record.SubjectKind, state record.FlagState) *record.Flag {
		return &record.Flag{Subject: record.FlagSubject{Kind: kind}, State: state}
	}
	address := func(state record.FlagState) *record.Flag { return flag(record.AddressSubject, state) }
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
		{"whole instance", nil, flag(record.InstanceSubject, record.FlagObserved), EventIncident},
	} {
		if got := eventOf(c.old, c.now); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
