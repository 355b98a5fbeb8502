package settings

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

type settingsPage struct {
	view.Layout
	// Done is what was done before the page was shown, Alarm why nothing was.
	Done, Alarm string
	// Holds are the settings by category, the first of all others.
	Holds   []holdRow
	Zone    string
	Pending *pendingChange
	LastRun *lastRun
	NextRun view.Moment
	Form    settingsFields
	// Seen is the fingerprint of what the page shows.
	Seen string
}

type holdRow struct{ Category, Keep, Anonymize string }

// pendingChange is what waits, and what it will do.
type pendingChange struct {
	At      view.Moment
	Rows    []settingRow
	Effects []effect
}

type lastRun struct {
	At                  view.Moment
	Deleted, Anonymized string
}

// settingsFields are the form's.
type settingsFields struct {
	Default    settingField
	Categories []categoryRow
	Zone       settingField
	Zones      []string
}

// dones are the messages after a form was sent, by what the page's address says.
var dones = map[string]string{
	"changed":    locale.Text("The settings were saved."),
	"waits":      locale.Text("The change was saved. It waits, and can be taken back until it takes effect."),
	"taken_back": locale.Text("The change was taken back."),
	"nothing":    locale.Text("Nothing was changed: these settings were wanted already."),
	"meanwhile":  locale.Text("Nothing was taken back: somebody changed the settings meanwhile. Look again."),
}

// Show shows the settings, with a form to change them.
func (v *Pages) Show(w http.ResponseWriter, r *http.Request) error {
	values, err := view.Query(r)
	if err != nil {
		return err
	}
	for name, all := range values {
		if name != "done" || len(all) > 1 {
			return &record.ParamError{Param: name, Reason: record.NotOfPage.With()}
		}
	}
	done, known := dones[values.Get("done")]
	if !known && values.Has("done") {
		return &record.ParamError{Param: "done", Value: values.Get("done"), Reason: record.NotOfPage.With()}
	}
	settings, err := v.Source.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	page, err := v.newSettingsPage(r.Context(), settings, newSettingsForm(audit.Wanted(settings.LogPolicy)))
	if err != nil {
		return err
	}
	if done != "" {
		page.Done = v.Translate(done)
	}
	return v.Render(w, http.StatusOK, settingsTemplate, page)
}

func (v *Pages) newSettingsPage(ctx context.Context, settings record.SettingsView, f settingsForm) (settingsPage, error) {
	page := settingsPage{
		Layout:  v.NewLayout(v.Translate("Retention"), "settings"),
		Holds:   v.holdRows(&settings.LogSettings),
		Zone:    display.Visible(settings.Timezone),
		NextRun: view.NewMoment(settings.NextRun, v.Location),
		Seen:    fingerprint(settings.LogPolicy),
	}
	if run := settings.LastRun; run != nil {
		page.LastRun = &lastRun{view.NewMoment(run.Time, v.Location), v.Translate("%d", run.Deleted), v.Translate("%d", run.Anonymized)}
	}
	if p := settings.Pending; p != nil {
		// What it will do grows with the log.
		ahead, err := v.Source.PreviewSettings(ctx, p.LogSettings)
		if err != nil {
			return page, fmt.Errorf("looking ahead at the change that waits: %w", err)
		}
		page.Pending = &pendingChange{view.NewMoment(p.Effective, v.Location), v.settingRows(settings.LogSettings, p.LogSettings), v.effects(ahead.Effects)}
	}
	var err error
	page.Form, err = v.newSettingsFields(ctx, &f)
	return page, err
}

// holdRows tell what holds, in words.
func (v *Pages) holdRows(s *record.LogSettings) []holdRow {
	own := maps.Clone(s.RetentionDaysByCategory)
	if own == nil {
		own = map[string]int{}
	}
	maps.Copy(own, s.AnonymizeAfterDays)
	all := v.Translate("All categories")
	if len(own) > 0 {
		all = v.Translate("All others")
	}
	rows := []holdRow{{all, v.days(s.RetentionDays), v.Translate("never")}}
	for _, category := range v.byLabel(slices.Collect(maps.Keys(own))) {
		row := holdRow{display.Visible(v.Category(category)), v.days(s.Retention(category)), v.Translate("never")}
		if days, due := s.AnonymizeAfterDays[category]; due {
			row.Anonymize = v.Translate("after %s", v.days(days))
		}
		rows = append(rows, row)
	}
	return rows
}

// byLabel sorts categories by what people call them, and leaves out repetitions.
func (v *Pages) byLabel(names []string) []string {
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(v.Category(a), v.Category(b)), cmp.Compare(a, b))
	})
	return slices.Compact(names)
}

// newSettingsFields shows a form with what was typed and what is wrong with it.
func (v *Pages) newSettingsFields(ctx context.Context, f *settingsForm) (settingsFields, error) {
	used, err := v.Source.Categories(ctx)
	if err != nil {
		return settingsFields{}, fmt.Errorf("listing categories: %w", err)
	}
	names := slices.Concat(slices.Collect(maps.Keys(view.Categories)), used, []string{record.CategoryGatebook})
	for field := range f.values {
		if category, of := categoryOf(field); of {
			names = append(names, category)
		}
	}
	// A damaged entry may carry what no form can send back.
	names = slices.DeleteFunc(v.byLabel(names), func(name string) bool { return !record.ValidCategory(name) })
	fields := settingsFields{
		Default: v.newSettingField(f, daysDefault, ""),
		Zone:    v.newSettingField(f, zoneOfPeople, "Europe/Berlin"),
		Zones:   commonZones,
	}
	fields.Zone.List = "zones"
	all := []*settingField{&fields.Default, &fields.Zone}
	fields.Categories = make([]categoryRow, 0, len(names))
	for _, name := range names {
		fields.Categories = append(fields.Categories, categoryRow{
			display.Visible(v.Category(name)),
			v.newSettingField(f, byCategory+name, v.Translate("as above")),
			v.newSettingField(f, afterDays+name, v.Translate("never")),
		})
		row := &fields.Categories[len(fields.Categories)-1]
		all = append(all, &row.Keep, &row.Anonymize)
	}
	for _, field := range all {
		if field.Invalid != "" {
			field.First = true
			break
		}
	}
	return fields, nil
}

// commonZones are offered for the time zone; every other one can be typed.
var commonZones = []string{
	"UTC", "Europe/Berlin", "Europe/Vienna", "Europe/Zurich", "Europe/Amsterdam", "Europe/Athens", "Europe/Brussels", "Europe/Bucharest",
	"Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul", "Europe/Lisbon", "Europe/London", "Europe/Luxembourg",
	"Europe/Madrid", "Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Rome", "Europe/Stockholm", "Europe/Warsaw",
	"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Toronto", "America/Sao_Paulo", "America/Mexico_City",
	"Asia/Dubai", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "Africa/Johannesburg",
}
