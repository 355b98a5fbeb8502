package display

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestClock(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct{ utc, clock, offset string }{
		{"2026-01-31T10:31:20Z", "2026-01-31 11:31:20", ""},
		{"2026-10-24T23:59:59Z", "2026-10-25 01:59:59", ""},
		{"2026-10-25T00:00:00Z", "2026-10-25 02:00:00", "+02:00"},
		{"2026-10-25T00:59:59Z", "2026-10-25 02:59:59", "+02:00"},
		{"2026-10-25T01:00:00Z", "2026-10-25 02:00:00", "+01:00"},
		{"2026-10-25T01:59:59Z", "2026-10-25 02:59:59", "+01:00"},
		{"2026-10-25T02:00:00Z", "2026-10-25 03:00:00", ""},
		{"2026-03-29T01:00:00Z", "2026-03-29 03:00:00", ""},
		{"0001-01-01T00:00:00Z", "", ""},
	} {
		utc, err := time.Parse(time.RFC3339, c.utc)
		if err != nil {
			t.Fatal(err)
		}
		if clock, offset := Clock(utc, berlin); clock != c.clock || offset != c.offset {
			t.Errorf("%s: %q, %q; want %q, %q", c.utc, clock, offset, c.clock, c.offset)
		}
	}
}

// TestRepeated compares with a search: a time is repeated if there is another
// one, at most a few hours away, that reads the same.
func TestRepeated(t *testing.T) {
	var zones []*time.Location
	// Lord Howe changes by half an hour, Dublin's summer is its standard time,
	// Kolkata changes nothing, Apia skipped a day.
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "Asia/Kolkata", "Pacific/Apia", "UTC"} {
		zones = append(zones, zone(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		at := time.Unix(rapid.Int64Range(1_000_000_000, 2_000_000_000).Draw(t, "second"), 0).In(loc)
		// Most times are far from any change: go close to one.
		if _, end := at.ZoneBounds(); !end.IsZero() {
			at = end.Add(time.Duration(rapid.IntRange(-7300, 7300).Draw(t, "off")) * time.Second)
		}
		want := false
		for minutes := -180; minutes <= 180; minutes += 30 {
			other := at.Add(time.Duration(minutes) * time.Minute)
			want = want || minutes != 0 && other.Format(time.DateTime) == at.Format(time.DateTime)
		}
		if got := repeated(at); got != want {
			t.Fatalf("repeated(%v) = %v, want %v", at, got, want)
		}
	})
}

// TestClockInTheLastYear: a time that many programs write for "never" is shown in UTC
// where the zone would move it out of the years that JSON can hold.
func TestClockInTheLastYear(t *testing.T) {
	for text, place := range map[string]*time.Location{
		"9999-12-31T23:59:59Z": zone(t, "Europe/Berlin"),
		"0001-01-01T00:00:01Z": zone(t, "America/New_York"),
	} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if clock, _ := Clock(at, place); clock != at.Format(time.DateTime) {
			t.Errorf("%s is shown as %s", text, clock)
		}
	}
}
