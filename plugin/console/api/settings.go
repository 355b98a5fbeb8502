package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// Settings answers with the settings of the application log.
func (v *API) Settings(w http.ResponseWriter, r *http.Request) error {
	if err := view.NoParams(r); err != nil {
		return err
	}
	settings, err := v.Source.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	return v.writeSettings(w, settings)
}

// ChangeSettings changes what the body names and leaves the rest as it was
// wanted last.
func (v *API) ChangeSettings(w http.ResponseWriter, r *http.Request) error {
	dry, err := dryRun(r)
	if err != nil {
		return err
	}
	members, err := readObject(w, r)
	if err != nil {
		return err
	}
	edit := func(p record.LogPolicy) (record.LogSettings, error) { return settingsWith(audit.Wanted(p), members) }
	if !dry {
		settings, err := audit.ChangeSettings(r.Context(), v.View, v.Source, audit.SettingsChanged, edit)
		if err != nil {
			return err
		}
		return v.writeSettings(w, settings)
	}
	now, err := v.Source.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	want, err := edit(now.LogPolicy)
	if err != nil {
		return err
	}
	settings, err := v.Source.PreviewSettings(r.Context(), want)
	if err != nil {
		return fmt.Errorf("looking ahead at a change of settings: %w", err)
	}
	return v.writeSettings(w, settings)
}

// TakeBack takes a pending change of the settings back.
func (v *API) TakeBack(w http.ResponseWriter, r *http.Request) error {
	if err := view.NoParams(r); err != nil {
		return err
	}
	settings, err := audit.ChangeSettings(r.Context(), v.View, v.Source, audit.SettingsTakenBack, audit.TakeBack)
	if err != nil {
		return err
	}
	return v.writeSettings(w, settings)
}

func (v *API) writeSettings(w http.ResponseWriter, settings record.SettingsView) error {
	settings = settings.In(v.Location)
	all := []*record.LogSettings{&settings.LogSettings}
	if settings.Pending != nil {
		all = append(all, &settings.Pending.LogSettings)
	}
	for _, s := range all {
		// Never null, so that what was read can be sent back.
		if s.RetentionDaysByCategory == nil {
			s.RetentionDaysByCategory = map[string]int{}
		}
		if s.AnonymizeAfterDays == nil {
			s.AnonymizeAfterDays = map[string]int{}
		}
	}
	return writeJSON(w, settings)
}

// dryRun reads the one parameter of a change.
func dryRun(r *http.Request) (bool, error) {
	values, err := view.Query(r)
	if err != nil {
		return false, err
	}
	for name, all := range values {
		switch {
		case name != "dry_run":
			return false, &record.ParamError{Param: name, Reason: record.OnlyParam.With("dry_run")}
		case len(all) > 1:
			return false, &record.ParamError{Param: name, Value: all[1], Reason: record.GivenTwice.With()}
		case all[0] != "true" && all[0] != "false":
			return false, &record.ParamError{Param: name, Value: all[0], Reason: record.NotBool.With()}
		}
	}
	return values.Get("dry_run") == "true", nil
}

// Members of the settings in JSON. Read-only ones may come back in a
// change, so that what was read can be edited and sent.
var (
	settingNames     = []string{"retention_days", "retention_days_by_category", "anonymize_after_days", "timezone"}
	readOnlySettings = []string{"pending", "last_run", "next_run", "effects"}
)

// settingsWith is s with the members of a change.
func settingsWith(s record.LogSettings, members map[string]json.RawMessage) (record.LogSettings, error) {
	var err error
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value := members[name]
		switch name {
		case "retention_days":
			s.RetentionDays, err = readDays(name, value)
		case "retention_days_by_category":
			s.RetentionDaysByCategory, err = readDaysBy(name, value)
		case "anonymize_after_days":
			s.AnonymizeAfterDays, err = readDaysBy(name, value)
		case "timezone":
			s.Timezone, err = readZone(name, value)
		default:
			if !slices.Contains(readOnlySettings, name) {
				err = &record.ParamError{Param: name, Reason: record.UnknownSetting.With(strings.Join(settingNames, ", "))}
			}
		}
		if err != nil {
			return s, err
		}
	}
	return s, s.Validate()
}

// readDays reads a whole number; which ones can be set is for
// [record.LogSettings.Validate] to say.
func readDays(name string, value json.RawMessage) (int, error) {
	days, err := strconv.Atoi(string(value))
	if err != nil {
		return 0, audit.NotDays(name, plain(value))
	}
	return days, nil
}

// plain is a JSON value without the quotes of a string.
func plain(value json.RawMessage) string {
	var text *string
	if json.Unmarshal(value, &text) == nil && text != nil && *text != "" {
		return *text
	}
	return string(value)
}

func readDaysBy(name string, value json.RawMessage) (map[string]int, error) {
	members, err := strictObject(name, value)
	if err != nil {
		return nil, err
	}
	all := make(map[string]int, len(members))
	for _, category := range slices.Sorted(maps.Keys(members)) {
		if all[category], err = readDays(name+"."+category, members[category]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func readZone(name string, value json.RawMessage) (string, error) {
	var zone *string
	if json.Unmarshal(value, &zone) != nil || zone == nil {
		return "", &record.ParamError{Param: name, Value: plain(value), Reason: record.NotTimezoneText.With()}
	}
	return *zone, nil
}
