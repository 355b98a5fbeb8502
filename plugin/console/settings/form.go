package settings

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// settingsForm is a form as typed. Its fields have the names that the API's
// errors have; a field of a category that is empty wants what is the default.
type settingsForm struct {
	values  url.Values
	invalid map[string]*record.ParamError
}

const (
	byCategory   = "retention_days_by_category."
	afterDays    = "anonymize_after_days."
	formDo       = "do"   // what the button that was pressed does
	formSeen     = "seen" // the fingerprint of the settings that the form was made of
	daysDefault  = "retention_days"
	zoneOfPeople = "timezone"
)

// newSettingsForm has what is wanted now.
func newSettingsForm(s record.LogSettings) settingsForm {
	f := settingsForm{values: url.Values{}}
	f.values.Set(daysDefault, strconv.Itoa(s.RetentionDays))
	f.values.Set(zoneOfPeople, s.Timezone)
	for category, days := range s.RetentionDaysByCategory {
		f.values.Set(byCategory+category, strconv.Itoa(days))
	}
	for category, days := range s.AnonymizeAfterDays {
		f.values.Set(afterDays+category, strconv.Itoa(days))
	}
	return f
}

// readSettingsForm reads a form that was sent, and what is to be done with it.
func readSettingsForm(w http.ResponseWriter, r *http.Request) (f settingsForm, do, seen string, err error) {
	if f.values, err = view.ReadForm(w, r); err != nil {
		return f, "", "", err
	}
	do, seen = f.values.Get(formDo), f.values.Get(formSeen)
	for name, all := range f.values {
		category, of := categoryOf(name)
		known := of || slices.Contains([]string{daysDefault, zoneOfPeople, formDo, formSeen}, name)
		if !known || of && !record.ValidCategory(category) {
			return f, "", "", &record.ParamError{Param: name, Reason: record.NotOfForm.With()}
		}
		if len(all) > 1 {
			return f, "", "", &record.ParamError{Param: name, Reason: record.GivenTwice.With()}
		}
		f.values.Set(name, strings.TrimSpace(all[0]))
	}
	f.values.Del(formDo)
	f.values.Del(formSeen)
	return f, do, seen, nil
}

// categoryOf is the category that a field is of, if it is of one.
func categoryOf(name string) (category string, of bool) {
	if category, of = strings.CutPrefix(name, byCategory); of {
		return category, of
	}
	return strings.CutPrefix(name, afterDays)
}

// settings are those that the form wants. What is wrong with it is noted beside
// each field; then ok is false.
func (f *settingsForm) settings() (s record.LogSettings, ok bool) {
	f.invalid = map[string]*record.ParamError{}
	s = record.LogSettings{
		RetentionDays:           f.days(daysDefault),
		RetentionDaysByCategory: map[string]int{}, AnonymizeAfterDays: map[string]int{},
		Timezone: f.values.Get(zoneOfPeople),
	}
	for name := range f.values {
		category, of := categoryOf(name)
		switch {
		case !of || f.values.Get(name) == "":
		case strings.HasPrefix(name, byCategory):
			s.RetentionDaysByCategory[category] = f.days(name)
		default:
			s.AnonymizeAfterDays[category] = f.days(name)
		}
	}
	f.note(s.Validate())
	return s, len(f.invalid) == 0
}

// days reads a field; what is wrong with it is noted. It is a number that can be
// set in any case, so that the other fields can be judged.
func (f *settingsForm) days(name string) int {
	text := f.values.Get(name)
	days, err := strconv.Atoi(text)
	if err != nil || days < record.ShortestRetention || days > record.LongestRetention {
		f.note(audit.NotDays(name, text))
		return record.ShortestRetention
	}
	return days
}

func (f *settingsForm) note(err error) {
	var invalid *record.ParamError
	if errors.As(err, &invalid) {
		f.invalid[invalid.Param] = invalid
	}
}

// hidden are the fields for a form that carries them on without showing them.
func (f *settingsForm) hidden() []hiddenField {
	var list []hiddenField
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		if value := f.values.Get(name); value != "" {
			list = append(list, hiddenField{name, value})
		}
	}
	return list
}

type hiddenField struct{ Name, Value string }

// settingField is one field of the form.
type settingField struct {
	Name, Value, Hint string
	// List is the id of what is offered for it, "" for a number.
	List string
	// Invalid is what is wrong with the value, First says that it is the first of
	// those.
	Invalid string
	First   bool
}

// categoryRow is a category's row in the form.
type categoryRow struct {
	Label           string
	Keep, Anonymize settingField
}

func (v *Pages) newSettingField(f *settingsForm, name, hint string) settingField {
	return settingField{Name: name, Value: f.values.Get(name), Hint: hint, Invalid: v.fieldError(f, name)}
}

// fieldError is what is wrong with a field, as a sentence beside it.
func (v *Pages) fieldError(f *settingsForm, name string) string {
	invalid, is := f.invalid[name]
	if !is {
		return ""
	}
	reason := []rune(v.ReasonText(invalid.Reason))
	return strings.ToUpper(string(reason[:1])) + string(reason[1:]) + "."
}

// fingerprint identifies the settings that a user has seen.
func fingerprint(p record.LogPolicy) string {
	if p.Pending != nil {
		p = p.In(p.Pending.Effective.UTC().Location())
	}
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // numbers, texts and a time can always be written
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))[:16]
}
