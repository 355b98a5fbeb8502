package console

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
	settingsChanged   = "settings.changed"
	settingsTakenBack = "settings.taken_back"
)

// wanted are the settings that were wanted last: those that wait, if any do.
func wanted(p record.LogPolicy) record.LogSettings {
	if p.Pending != nil {
		return p.Pending.LogSettings
	}
	return p.LogSettings
}

// takeBack wants what holds, in place of what waits. The time zone never waits,
// so that it stays.
func takeBack(p record.LogPolicy) (record.LogSettings, error) {
	if p.Pending == nil {
		return p.LogSettings, &problem.Error{Status: http.StatusNotFound, Detail: locale.Text("No change is waiting that could be taken back. If one was, it holds by now, or somebody else took it back.")}
	}
	return p.LogSettings, nil
}

// changing lets one change at a time be made in this process, so that each is
// judged by the settings that it finds, and its entry tells what it changed.
var changing sync.Mutex

// changeTime is how long a change may take; what it will do is counted for it.
const changeTime = time.Minute

// changeSettings makes a change and writes its audit entry. edit makes what is
// wanted of what there is. It is not given up when the asker leaves, since a change
// without its entry would be left.
func changeSettings(
	ctx context.Context, v *view.View, store auditedSettings, kind string, edit func(record.LogPolicy) (record.LogSettings, error),
) (record.SettingsView, error) {
	changing.Lock()
	defer changing.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime)
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
	changes := settingsDiff(wanted(old.LogPolicy), wanted(settings.LogPolicy))
	if len(changes) == 0 {
		return settings, nil
	}
	if err := auditSettings(ctx, v, store, kind, changes, settings); err != nil {
		v.Report(err)
		return settings, &problem.Error{Status: http.StatusInternalServerError, Detail: locale.Text("The settings were changed, but the entry that tells so could not be written. The server's own log says why.")}
	}
	return settings, nil
}

func auditSettings(ctx context.Context, v *view.View, log auditLog, kind string, changes []record.Change, settings record.SettingsView) error {
	e := record.Event{Type: kind, Key: "gatebook." + strings.ReplaceAll(kind, ".", "_"), Outcome: record.OutcomeSuccess, Changes: changes}
	details := struct {
		Effective time.Time `json:"effective,omitzero"`
	}{}
	if p := settings.Pending; p != nil {
		e.Key += "_later"
		details.Effective = p.Effective.In(v.Location)
		e.Params = map[string]string{"effective": details.Effective.Format("2006-01-02 15:04 MST")}
	}
	return writeAuditEntry(ctx, v, log, e, details)
}

// settingsDiff lists what differs, field by field.
func settingsDiff(old, changed record.LogSettings) []record.Change {
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
		panic(err) // what cannot be written is neither
	}
	return text
}

func notDays(name, value string) error {
	return &record.ParamError{Param: name, Value: value,
		Reason: record.NotDays.With(strconv.Itoa(record.ShortestRetention), strconv.Itoa(record.LongestRetention))}
}
