package record

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Bounds of what can be set, in days.
const (
	ShortestRetention = 1
	LongestRetention  = 36500
)

// ShorteningDelay is how long a change waits that deletes or anonymizes earlier
// than before: so long can it be taken back.
const ShorteningDelay = 48 * time.Hour

// LogSettings say how long the application log keeps what, and in which zone
// its times are shown. Admins change them.
type LogSettings struct {
	// RetentionDays is how long entries are kept, RetentionDaysByCategory how
	// long those of some categories are.
	RetentionDays           int            `json:"retention_days"`
	RetentionDaysByCategory map[string]int `json:"retention_days_by_category"`
	// AnonymizeAfterDays is after how long a category's entries lose what
	// identifies people, counted from the later of Time and Until. The others
	// never do.
	AnonymizeAfterDays map[string]int `json:"anonymize_after_days"`
	// Timezone is an IANA name.
	Timezone string `json:"timezone"`
}

// Retention is how many days entries of a category are kept.
func (s *LogSettings) Retention(category string) int {
	if days, own := s.RetentionDaysByCategory[category]; own {
		return days
	}
	return s.RetentionDays
}

// Validate names the first field that cannot work, as a [*ParamError].
func (s *LogSettings) Validate() error {
	if err := checkDays("retention_days", s.RetentionDays); err != nil {
		return err
	}
	for field, days := range map[string]map[string]int{
		"retention_days_by_category": s.RetentionDaysByCategory,
		"anonymize_after_days":       s.AnonymizeAfterDays,
	} {
		for _, category := range slices.Sorted(maps.Keys(days)) {
			if !ValidCategory(category) {
				return Invalid(field, category, NotCategoryName)
			}
			if err := checkDays(field+"."+category, days[category]); err != nil {
				return err
			}
		}
	}
	if _, err := LoadZone(s.Timezone); err != nil {
		return Invalid("timezone", s.Timezone, NotTimezone)
	}
	return nil
}

func checkDays(field string, days int) error {
	if days < ShortestRetention || days > LongestRetention {
		return Invalid(field, fmt.Sprint(days), NotDays, fmt.Sprint(ShortestRetention), fmt.Sprint(LongestRetention))
	}
	return nil
}

// LoadZone is time.LoadLocation without "Local" and "", which mean another zone
// on each machine.
func LoadZone(name string) (*time.Location, error) {
	if name != "" && name != "Local" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, NotTimezone.With()
}

// Lenient is what of both keeps longer, with the time zone of other. It is what a
// change from s to other may do at once.
func (s *LogSettings) Lenient(other LogSettings) LogSettings {
	kept := LogSettings{
		RetentionDays:           max(s.RetentionDays, other.RetentionDays),
		RetentionDaysByCategory: map[string]int{},
		AnonymizeAfterDays:      map[string]int{},
		Timezone:                other.Timezone,
	}
	for _, days := range []map[string]int{s.RetentionDaysByCategory, other.RetentionDaysByCategory} {
		for category := range days {
			kept.RetentionDaysByCategory[category] = max(s.Retention(category), other.Retention(category))
		}
	}
	for category, days := range s.AnonymizeAfterDays {
		if later, too := other.AnonymizeAfterDays[category]; too {
			kept.AnonymizeAfterDays[category] = max(days, later)
		}
	}
	return kept.normal()
}

// normal leaves out what is said already, so that settings which mean the same
// are equal; its maps are never nil.
func (s LogSettings) normal() LogSettings {
	own := map[string]int{}
	for category, days := range s.RetentionDaysByCategory {
		if days != s.RetentionDays {
			own[category] = days
		}
	}
	s.RetentionDaysByCategory = own
	if s.AnonymizeAfterDays == nil {
		s.AnonymizeAfterDays = map[string]int{}
	}
	return s
}

// Equal reports whether both mean the same.
func (s *LogSettings) Equal(other LogSettings) bool {
	a, b := s.normal(), other.normal()
	return a.RetentionDays == b.RetentionDays && a.Timezone == b.Timezone &&
		maps.Equal(a.RetentionDaysByCategory, b.RetentionDaysByCategory) &&
		maps.Equal(a.AnonymizeAfterDays, b.AnonymizeAfterDays)
}

// LogPolicy is what holds now, and what was decided for later.
type LogPolicy struct {
	LogSettings
	// Pending is nil where nothing waits.
	Pending *PendingSettings `json:"pending"`
}

// PendingSettings take the place of those that hold once their time has come.
type PendingSettings struct {
	LogSettings
	Effective time.Time `json:"effective"`
}

// At is the policy at a moment: what waited until then holds.
func (p LogPolicy) At(now time.Time) LogPolicy {
	if p.Pending != nil && !now.Before(p.Pending.Effective) {
		return LogPolicy{LogSettings: p.Pending.LogSettings}
	}
	return p
}

// Change is the policy after somebody wants other settings: what keeps longer
// holds at once, what deletes or anonymizes earlier after [ShorteningDelay]. To
// want what holds already takes back what waits. A change that waits for the same
// does so no longer for being asked for again.
func (p LogPolicy) Change(want LogSettings, now time.Time) LogPolicy {
	p = p.At(now)
	want = want.normal()
	next := LogPolicy{LogSettings: p.Lenient(want)}
	if next.Equal(want) {
		return LogPolicy{LogSettings: want}
	}
	next.Pending = &PendingSettings{LogSettings: want, Effective: now.Add(ShorteningDelay)}
	if old := p.Pending; old != nil {
		same := old.LogSettings
		same.Timezone = want.Timezone // which never waits
		if same.Equal(want) {
			next.Pending.Effective = old.Effective
		}
	}
	return next
}

// In is p with its times in loc, so that JSON carries its offset.
func (p LogPolicy) In(loc *time.Location) LogPolicy {
	if p.Pending != nil {
		pending := *p.Pending
		pending.Effective = TimeIn(pending.Effective, loc)
		p.Pending = &pending
	}
	return p
}

// What an effect does to entries.
const (
	EffectDelete    = "delete"
	EffectAnonymize = "anonymize"
)

// SettingsEffect is what a change of settings will do to entries that are kept
// now, and cannot be undone.
type SettingsEffect struct {
	// Effect is [EffectDelete] or [EffectAnonymize].
	Effect   string `json:"effect"`
	Category string `json:"category"`
	// Entries is how many there are now whose time, or the time from which
	// anonymization counts, is before Before.
	Entries uint64    `json:"entries"`
	Before  time.Time `json:"before"`
	// At is when the first run that does so will be, at the latest an hour late.
	At time.Time `json:"at"`
}

// RetentionRun is what a run of the application log's retention did.
type RetentionRun struct {
	Time       time.Time `json:"time"`
	Deleted    uint64    `json:"deleted"`
	Anonymized uint64    `json:"anonymized"`
}

// SettingsView is all that the settings page tells.
type SettingsView struct {
	LogPolicy
	// LastRun is nil before the first; NextRun is when the next is due.
	LastRun *RetentionRun `json:"last_run"`
	NextRun time.Time     `json:"next_run,omitzero"`
	// Effects are those of the change that was made or asked about.
	Effects []SettingsEffect `json:"effects,omitempty"`
}

// In is v with its times in loc, so that JSON carries its offset.
func (v SettingsView) In(loc *time.Location) SettingsView {
	v.LogPolicy, v.NextRun = v.LogPolicy.In(loc), TimeIn(v.NextRun, loc)
	if v.LastRun != nil {
		last := *v.LastRun
		last.Time = TimeIn(last.Time, loc)
		v.LastRun = &last
	}
	v.Effects = slices.Clone(v.Effects)
	for i := range v.Effects {
		e := &v.Effects[i]
		e.Before, e.At = TimeIn(e.Before, loc), TimeIn(e.At, loc)
	}
	return v
}
