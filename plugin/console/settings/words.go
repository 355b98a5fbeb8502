package settings

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// settingRow is a setting before and after a change, in words.
type settingRow struct{ Name, Old, New string }

// settingRows put a change of settings into words.
func (v *Pages) settingRows(old, changed record.LogSettings) []settingRow {
	var rows []settingRow
	for _, change := range audit.Diff(old, changed) {
		category, _ := categoryOf(change.Field)
		row := settingRow{}
		switch {
		case change.Field == daysDefault:
			row = settingRow{v.Translate("Entries are kept for"), v.days(old.RetentionDays), v.days(changed.RetentionDays)}
		case change.Field == zoneOfPeople:
			row = settingRow{v.Translate("Time zone"), display.Visible(old.Timezone), display.Visible(changed.Timezone)}
		case strings.HasPrefix(change.Field, byCategory):
			row.Name = v.Translate("%s: kept for", v.Category(category))
			row.Old, row.New = v.orDefault(change.Old, old), v.orDefault(change.New, changed)
		default:
			row.Name = v.Translate("%s: anonymized after", v.Category(category))
			row.Old, row.New = v.orNever(change.Old), v.orNever(change.New)
		}
		rows = append(rows, row)
	}
	return rows
}

func (v *Pages) days(n int) string {
	return v.Locale.Count(n, locale.Text("%d day"), locale.Text("%d days"))
}

func (v *Pages) orDefault(days json.RawMessage, s record.LogSettings) string {
	if days == nil {
		return v.Translate("as all others (%s)", v.days(s.RetentionDays))
	}
	return v.daysIn(days)
}

func (v *Pages) orNever(days json.RawMessage) string {
	if days == nil {
		return v.Translate("never")
	}
	return v.daysIn(days)
}

func (v *Pages) daysIn(days json.RawMessage) string {
	var n int
	if json.Unmarshal(days, &n) != nil {
		return string(days)
	}
	return v.days(n)
}

// effect is what a change does to entries, in a sentence, and to which ones.
type effect struct {
	Text string
	// Parts are how many of which category, where there are several.
	Parts []effectPart
	When  string
}

type effectPart struct {
	Category string
	Entries  uint64
}

// effects put what a change does into sentences: one for all categories that it
// does the same to at the same time. Those of which there is nothing are left out.
func (v *Pages) effects(list []record.SettingsEffect) []effect {
	var effects []effect
	list = slices.Clone(list)
	for len(list) > 0 {
		first := list[0]
		var same []record.SettingsEffect
		list = slices.DeleteFunc(list, func(e record.SettingsEffect) bool {
			is := e.Effect == first.Effect && e.Before.Equal(first.Before) && e.At.Equal(first.At)
			if is && e.Entries > 0 {
				same = append(same, e)
			}
			return is
		})
		if len(same) > 0 {
			effects = append(effects, v.newEffect(same))
		}
	}
	return effects
}

func (v *Pages) newEffect(same []record.SettingsEffect) effect {
	var all uint64
	e := effect{When: v.at(same[0].At)}
	for _, one := range same {
		all += one.Entries
		switch {
		case one.Category != "":
			e.Parts = append(e.Parts, effectPart{display.Visible(v.Category(one.Category)), one.Entries})
		case len(same) > 1:
			e.Parts = append(e.Parts, effectPart{v.Translate("All others"), one.Entries})
		}
	}
	before := same[0].Before.In(v.Location).Format(time.DateOnly)
	one, many := locale.Text("%d entry older than %s will be deleted. This cannot be undone."), locale.Text("%d entries older than %s will be deleted. This cannot be undone.")
	if same[0].Effect == record.EffectAnonymize {
		one, many = locale.Text("%d entry from before %s will be anonymized. This cannot be undone."), locale.Text("%d entries from before %s will be anonymized. This cannot be undone.")
	}
	if all == 1 {
		many = one
	}
	e.Text = v.Translate(many, all, before)
	return e
}

// at says when, to the minute.
func (v *Pages) at(t time.Time) string {
	text, offset := display.Clock(t, v.Location)
	day, clock, _ := strings.Cut(text, " ")
	if len(clock) > len("15:04") {
		clock = clock[:len("15:04")]
	}
	if offset != "" {
		clock += " " + offset
	}
	return v.Translate("on %s at %s", day, clock)
}
