package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// Types of the audit entries of a change of settings.
const (
	SettingsChanged   = "settings.changed"
	SettingsTakenBack = "settings.taken_back"
)

// Wanted are the settings that were asked for last: the pending ones, if there are.
func Wanted(p record.LogPolicy) record.LogSettings {
	if p.Pending != nil {
		return p.Pending.LogSettings
	}
	return p.LogSettings
}

// TakeBack asks for the settings in force in place of the pending ones. The time zone
// is never pending and stays.
func TakeBack(p record.LogPolicy) (record.LogSettings, error) {
	if p.Pending == nil {
		return p.LogSettings, &problem.Error{Status: http.StatusNotFound, Detail: locale.Text("No change is waiting that could be taken back. If one was, it holds by now, or somebody else took it back.")}
	}
	return p.LogSettings, nil
}

// changing serializes the changes of this process: each is judged by the settings
// that it finds, and its audit entry lists what it changed.
var changing sync.Mutex

// changeTimeout limits a change; its effects are counted in that time, too.
const changeTimeout = time.Minute

// ChangeSettings makes a change and writes its audit entry. edit returns the wanted
// settings for those in force. The change goes on if the client leaves, or it could
// be made without its entry.
func ChangeSettings(
	ctx context.Context, v *view.View, store AuditedSettings, kind string, edit func(record.LogPolicy) (record.LogSettings, error),
) (record.SettingsView, error) {
	changing.Lock()
	defer changing.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTimeout)
	defer cancel()
	old, err := store.Settings(ctx)
	if err != nil {
		return old, fmt.Errorf("reading the settings: %w", err)
	}
	want, err := edit(old.LogPolicy)
	if err != nil {
		return old, err
	}
	settings, err := store.ChangeSettings(ctx, want, v.User)
	if err != nil {
		return settings, fmt.Errorf("changing the settings: %w", err)
	}
	changes := Diff(Wanted(old.LogPolicy), Wanted(settings.LogPolicy))
	if len(changes) == 0 {
		return settings, nil
	}
	if err := auditSettings(ctx, v, store, kind, changes, settings); err != nil {
		v.Report(err)
		return settings, &problem.Error{Status: http.StatusInternalServerError, Detail: locale.Text("The settings were changed, but the entry that tells so could not be written. The server's own log says why.")}
	}
	return settings, nil
}

func auditSettings(ctx context.Context, v *view.View, log Log, kind string, changes []record.Change, settings record.SettingsView) error {
	e := record.Event{Type: kind, Key: "gatebook." + strings.ReplaceAll(kind, ".", "_"), Outcome: record.OutcomeSuccess, Changes: changes}
	details := struct {
		Effective time.Time `json:"effective,omitzero"`
	}{}
	if p := settings.Pending; p != nil {
		e.Key += "_later"
		details.Effective = p.Effective.In(v.Location)
		e.Params = map[string]string{"effective": details.Effective.Format("2006-01-02 15:04 MST")}
	}
	return Write(ctx, v, log, e, details)
}

// Diff lists the fields that differ.
func Diff(old, changed record.LogSettings) []record.Change {
	var list []record.Change
	add := func(field string, before, after any) {
		if before != after {
			list = append(list, record.Change{Field: field, Old: changeValue(before), New: changeValue(after)})
		}
	}
	add("retention_days", old.RetentionDays, changed.RetentionDays)
	addBy := func(field string, before, after map[string]int) {
		both := maps.Clone(before)
		if both == nil {
			both = map[string]int{}
		}
		maps.Copy(both, after)
		for _, category := range slices.Sorted(maps.Keys(both)) {
			add(field+"."+category, inMap(before, category), inMap(after, category))
		}
	}
	addBy("retention_days_by_category", old.RetentionDaysByCategory, changed.RetentionDaysByCategory)
	addBy("anonymize_after_days", old.AnonymizeAfterDays, changed.AnonymizeAfterDays)
	add("timezone", old.Timezone, changed.Timezone)
	return list
}

// inMap is days[category], or nil.
func inMap(days map[string]int, category string) any {
	if n, there := days[category]; there {
		return n
	}
	return nil
}

// changeValue is a number or a text in JSON, nothing for nil.
func changeValue(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // numbers and texts can always be encoded
	}
	return text
}

// NotDays is the validation error of a parameter that is no number of days.
func NotDays(name, value string) error {
	return &record.ParamError{Param: name, Value: value,
		Reason: record.NotDays.With(strconv.Itoa(record.ShortestRetention), strconv.Itoa(record.LongestRetention))}
}
