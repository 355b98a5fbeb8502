package record

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// TestIn: times move, those that are none stay, and nothing that others hold
// is changed.
func TestIn(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	at := time.Date(2026, 1, 31, 9, 31, 20, 0, time.UTC)
	moved, none := at.In(berlin), time.Time{}
	if e := (Event{Time: at, Received: at}).In(berlin); e.Time != moved || e.Received != moved || e.Until != none {
		t.Errorf("event: %v, %v, %v", e.Time, e.Received, e.Until)
	}
	if e := (Event{Until: at}).In(berlin); e.Time != none || e.Received != none || e.Until != moved {
		t.Errorf("event: %v, %v, %v", e.Time, e.Received, e.Until)
	}
	if r := (Request{Time: at}).In(berlin); r.Time != moved {
		t.Errorf("request: %v", r.Time)
	}
	if r := (Request{}).In(berlin); r.Time != none {
		t.Errorf("request: %v", r.Time)
	}
	held := &BookHealth{Oldest: at, Newest: at}
	h := Health{LastRetentionRun: at, ApplicationLog: held}.In(berlin)
	if b := h.ApplicationLog; h.LastRetentionRun != moved || b.Oldest != moved || b.Newest != moved || b.LastFlush != none || h.ServerLog != nil {
		t.Errorf("health: %+v, %+v", h, b)
	}
	if held.Oldest != at {
		t.Error("the health of others was changed")
	}
}

// TestInTheLastYear: what many say for "never" is beyond JSON's years in zones
// east of Greenwich, and must not keep a page from being written.
func TestInTheLastYear(t *testing.T) {
	for text, place := range map[string]*time.Location{
		"9999-12-31T23:59:59Z": zone(t, "Europe/Berlin"),
		"0001-01-01T00:00:01Z": zone(t, "America/New_York"),
	} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(Event{Time: at, Until: at}.In(place))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(line), text) {
			t.Errorf("%s became %s", text, line)
		}
	}
}
