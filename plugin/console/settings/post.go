package settings

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

type previewPage struct {
	view.Layout
	// Meanwhile says that the settings are no longer those that the form was made
	// of.
	Meanwhile bool
	Rows      []settingRow
	Effects   []effect
	// When is when what deletes or anonymizes sooner takes effect, "" if nothing
	// does.
	When   string
	Hidden []hiddenField
	Seen   string
}

// What the buttons do.
const (
	doPreview  = "preview"
	doEdit     = "edit"
	doConfirm  = "confirm"
	doTakeBack = "take_back"
)

// errMeanwhile reports that the settings changed after the user saw them.
var errMeanwhile = errors.New("the settings were changed meanwhile")

// Post answers the forms of the settings: one that was filled in is looked
// at in a preview, and only what was seen there is confirmed.
func (v *Pages) Post(w http.ResponseWriter, r *http.Request) error {
	if err := view.NoParams(r); err != nil {
		return err
	}
	f, do, seen, err := readSettingsForm(w, r)
	if err != nil {
		return err
	}
	if do == doTakeBack {
		return v.takeBackOnPage(w, r, seen)
	}
	want, ok := f.settings()
	switch {
	case do == doEdit || !ok && (do == doPreview || do == doConfirm):
		return v.editSettings(w, r, f, do != doEdit)
	case do == doPreview:
		return v.previewSettings(w, r, f, want, seen)
	case do == doConfirm:
		return v.confirmSettings(w, r, f, want, seen)
	}
	return &record.ParamError{Param: formDo, Value: do, Reason: record.NotOneOf.With("preview, edit, confirm, take_back")}
}

// editSettings shows the form as it was filled in.
func (v *Pages) editSettings(w http.ResponseWriter, r *http.Request, f settingsForm, invalid bool) error {
	settings, err := v.Source.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	page, err := v.newSettingsPage(r.Context(), settings, f)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if invalid {
		status, page.Alarm = http.StatusBadRequest, v.Translate("Nothing was changed: what is marked below cannot be.")
	}
	return v.Render(w, status, settingsTemplate, page)
}

func (v *Pages) previewSettings(w http.ResponseWriter, r *http.Request, f settingsForm, want record.LogSettings, seen string) error {
	now, err := v.Source.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	ahead, err := v.Source.PreviewSettings(r.Context(), want)
	if err != nil {
		return fmt.Errorf("looking ahead at a change of settings: %w", err)
	}
	page := previewPage{
		Layout:    v.NewLayout(v.Translate("Save this?"), "settings"),
		Rows:      v.settingRows(audit.Wanted(now.LogPolicy), audit.Wanted(ahead.LogPolicy)),
		Effects:   v.effects(ahead.Effects),
		Hidden:    f.hidden(),
		Seen:      fingerprint(now.LogPolicy),
		Meanwhile: seen != fingerprint(now.LogPolicy),
	}
	if len(page.Rows) == 0 {
		return v.toSettings(w, "nothing")
	}
	if p := ahead.Pending; p != nil {
		page.When = v.at(p.Effective)
	}
	return v.Render(w, http.StatusOK, previewTemplate, page)
}

// confirmSettings does what was previewed, or previews it again if it would no
// longer be the same.
func (v *Pages) confirmSettings(w http.ResponseWriter, r *http.Request, f settingsForm, want record.LogSettings, seen string) error {
	settings, err := audit.ChangeSettings(r.Context(), v.View, v.Source, audit.SettingsChanged, func(p record.LogPolicy) (record.LogSettings, error) {
		if fingerprint(p) != seen {
			return want, errMeanwhile
		}
		return want, nil
	})
	switch {
	case errors.Is(err, errMeanwhile):
		return v.previewSettings(w, r, f, want, seen)
	case err != nil:
		return err
	case settings.Pending != nil:
		return v.toSettings(w, "waits")
	}
	return v.toSettings(w, "changed")
}

func (v *Pages) takeBackOnPage(w http.ResponseWriter, r *http.Request, seen string) error {
	_, err := audit.ChangeSettings(r.Context(), v.View, v.Source, audit.SettingsTakenBack, func(p record.LogPolicy) (record.LogSettings, error) {
		if fingerprint(p) != seen {
			return p.LogSettings, errMeanwhile
		}
		return audit.TakeBack(p)
	})
	switch {
	case errors.Is(err, errMeanwhile):
		return v.toSettings(w, "meanwhile")
	case err != nil:
		return err
	}
	return v.toSettings(w, "taken_back")
}

// toSettings leads to the settings, with a message about what was done.
func (v *Pages) toSettings(w http.ResponseWriter, done string) error {
	view.SeeOther(w, v.Base+"settings?done="+done)
	return nil
}
