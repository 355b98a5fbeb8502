package record

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func drawSettings(t *rapid.T) LogSettings {
	days := func(label string) map[string]int {
		return rapid.MapOfN(rapid.SampledFrom([]string{"booking", "login", "user"}), rapid.IntRange(1, 5), 0, 3).Draw(t, label)
	}
	return LogSettings{
		RetentionDays:           rapid.IntRange(1, 5).Draw(t, "days"),
		RetentionDaysByCategory: days("by category"),
		AnonymizeAfterDays:      days("anonymize"),
		Timezone:                rapid.SampledFrom([]string{"UTC", "Europe/Berlin"}).Draw(t, "zone"),
	}
}

// However settings are changed: nothing is deleted or anonymized earlier than
// was said at any moment of the last 48 hours, and after them what was wanted
// last holds.
func TestPolicyChange(t *testing.T) {
	const never = LongestRetention + 1
	after := func(s LogSettings, category string) int {
		if days, on := s.AnonymizeAfterDays[category]; on {
			return days
		}
		return never
	}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		p := LogPolicy{LogSettings: drawSettings(t)}
		want := p.LogSettings
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			now = now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "hours")) * time.Hour)
			before := p.At(now)
			want = drawSettings(t)
			if rapid.Bool().Draw(t, "take back") {
				want = before.LogSettings
			}
			p = p.Change(want, now)
			early := p.At(now.Add(ShorteningDelay - 1))
			for _, c := range []string{"booking", "login", "user", "other"} {
				if r := before.Retention(c); p.Retention(c) < r {
					t.Fatalf("%s is kept %d days at once, %d before", c, p.Retention(c), r)
				}
				if p.Retention(c) != max(before.Retention(c), want.Retention(c)) {
					t.Fatalf("%s is kept %d days", c, p.Retention(c))
				}
				if after(p.LogSettings, c) != max(after(before.LogSettings, c), after(want, c)) {
					t.Fatalf("%s is anonymized after %d days", c, after(p.LogSettings, c))
				}
				if !waitsFor(before, want) && early.Retention(c) != p.Retention(c) {
					t.Fatalf("%s is shortened within 48 hours", c)
				}
			}
			if p.Timezone != want.Timezone {
				t.Fatal("the zone waits")
			}
			if late := p.At(now.Add(ShorteningDelay)); !late.LogSettings.Equal(want) || late.Pending != nil {
				t.Fatalf("in the end %+v holds, wanted %+v", late, want)
			}
		}
	})
}

// waitsFor reports whether p waits for other settings, but for the zone.
func waitsFor(p LogPolicy, want LogSettings) bool {
	if p.Pending == nil {
		return false
	}
	want.Timezone = p.Pending.Timezone
	return p.Pending.LogSettings.Equal(want)
}

func TestTakeBack(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := LogPolicy{LogSettings: LogSettings{RetentionDays: 180, Timezone: "UTC"}}
	short := LogSettings{RetentionDays: 90, Timezone: "UTC"}
	changed := p.Change(short, now)
	if changed.RetentionDays != 180 || changed.Pending == nil || !changed.Pending.Effective.Equal(now.Add(48*time.Hour)) {
		t.Errorf("a shortening makes %+v", changed)
	}
	if again := changed.Change(short, now.Add(time.Hour)); !again.Pending.Effective.Equal(now.Add(48 * time.Hour)) {
		t.Errorf("asked for twice, it waits until %v", again.Pending.Effective)
	}
	elsewhere := LogSettings{RetentionDays: 90, Timezone: "Asia/Kathmandu"}
	if again := changed.Change(elsewhere, now.Add(time.Hour)); !again.Pending.Effective.Equal(now.Add(48*time.Hour)) || again.Timezone != "Asia/Kathmandu" {
		t.Errorf("in another time zone, it waits until %v, and now %s holds", again.Pending.Effective, again.Timezone)
	}
	if back := changed.Change(changed.LogSettings, now.Add(time.Hour)); back.Pending != nil || back.RetentionDays != 180 {
		t.Errorf("taken back: %+v", back)
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	good := LogSettings{RetentionDays: 180, Timezone: "UTC"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*LogSettings){
		"retention_days":                     func(s *LogSettings) { s.RetentionDays = 0 },
		"retention_days_by_category.booking": func(s *LogSettings) { s.RetentionDaysByCategory = map[string]int{"booking": 36501} },
		"retention_days_by_category":         func(s *LogSettings) { s.RetentionDaysByCategory = map[string]int{"Booking": 3} },
		"anonymize_after_days.login":         func(s *LogSettings) { s.AnonymizeAfterDays = map[string]int{"login": -1} },
		"timezone":                           func(s *LogSettings) { s.Timezone = "Local" },
	} {
		s := good
		change(&s)
		var wrong *ParamError
		if err := s.Validate(); !errors.As(err, &wrong) || wrong.Param != field || !strings.Contains(err.Error(), "must be") && field != "timezone" {
			t.Errorf("%s: %v", field, err)
		}
	}
}
