package console

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gatebook/gatebook/record"
)

type previewPage struct {
	layout
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

// errMeanwhile says that the settings are no longer those that somebody saw.
var errMeanwhile = errors.New("the settings were changed meanwhile")

// postSettings answers the forms of the settings: one that was filled in is looked
// at in a preview, and only what was seen there is confirmed.
func (c *Console) postSettings(w http.ResponseWriter, r *http.Request) error {
	if err := noParams(r); err != nil {
		return err
	}
	f, do, seen, err := readSettingsForm(w, r)
	if err != nil {
		return err
	}
	if do == doTakeBack {
		return c.takeBackOnPage(w, r, seen)
	}
	want, ok := f.settings()
	switch {
	case do == doEdit || !ok && (do == doPreview || do == doConfirm):
		return c.editSettings(w, r, f, do != doEdit)
	case do == doPreview:
		return c.previewSettings(w, r, f, want, seen)
	case do == doConfirm:
		return c.confirmSettings(w, r, f, want, seen)
	}
	return &record.ParamError{Param: formDo, Value: do, Reason: record.NotOneOf.With("preview, edit, confirm, take_back")}
}

// editSettings shows the form as it was filled in.
func (c *Console) editSettings(w http.ResponseWriter, r *http.Request, f settingsForm, wrong bool) error {
	v, err := c.Source.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	page, err := c.newSettingsPage(r.Context(), v, f)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if wrong {
		status, page.Alarm = http.StatusBadRequest, c.say("Nothing was changed: what is marked below cannot be.")
	}
	return c.render(w, status, settingsTemplate, page)
}

func (c *Console) previewSettings(w http.ResponseWriter, r *http.Request, f settingsForm, want record.LogSettings, seen string) error {
	now, err := c.Source.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	ahead, err := c.Source.PreviewSettings(r.Context(), want)
	if err != nil {
		return fmt.Errorf("looking ahead at a change of settings: %w", err)
	}
	page := previewPage{
		layout:    c.newLayout(c.say("Save this?"), "settings"),
		Rows:      c.settingRows(wanted(now.LogPolicy), wanted(ahead.LogPolicy)),
		Effects:   c.effects(ahead.Effects),
		Hidden:    f.hidden(),
		Seen:      fingerprint(now.LogPolicy),
		Meanwhile: seen != fingerprint(now.LogPolicy),
	}
	if len(page.Rows) == 0 {
		return c.toSettings(w, "nothing")
	}
	if p := ahead.Pending; p != nil {
		page.When = c.at(p.Effective)
	}
	return c.render(w, http.StatusOK, previewTemplate, page)
}

// confirmSettings does what was previewed, or previews it again if it would no
// longer be the same.
func (c *Console) confirmSettings(w http.ResponseWriter, r *http.Request, f settingsForm, want record.LogSettings, seen string) error {
	v, err := c.changeSettings(r.Context(), settingsChanged, func(p record.LogPolicy) (record.LogSettings, error) {
		if fingerprint(p) != seen {
			return want, errMeanwhile
		}
		return want, nil
	})
	switch {
	case errors.Is(err, errMeanwhile):
		return c.previewSettings(w, r, f, want, seen)
	case err != nil:
		return err
	case v.Pending != nil:
		return c.toSettings(w, "waits")
	}
	return c.toSettings(w, "changed")
}

func (c *Console) takeBackOnPage(w http.ResponseWriter, r *http.Request, seen string) error {
	_, err := c.changeSettings(r.Context(), settingsTakenBack, func(p record.LogPolicy) (record.LogSettings, error) {
		if fingerprint(p) != seen {
			return p.LogSettings, errMeanwhile
		}
		return takeBack(p)
	})
	switch {
	case errors.Is(err, errMeanwhile):
		return c.toSettings(w, "meanwhile")
	case err != nil:
		return err
	}
	return c.toSettings(w, "taken_back")
}

// toSettings leads to the settings, with a message about what was done.
func (c *Console) toSettings(w http.ResponseWriter, done string) error {
	w.Header().Set("Location", c.Base+"settings?done="+done)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
