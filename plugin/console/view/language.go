package view

import (
	"net/http"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
)

// ChooseLanguage remembers the language of a form and leads back to its page.
func (v *View) ChooseLanguage(w http.ResponseWriter, r *http.Request) error {
	form, err := ReadForm(w, r)
	if err != nil {
		return err
	}
	code := form.Get("language")
	for _, l := range locale.All {
		if l.Code != code {
			continue
		}
		http.SetCookie(w, &http.Cookie{
			Name: locale.Cookie, Value: code, Path: v.Base, MaxAge: 400 * 24 * 60 * 60, // browsers keep none longer
			HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
		})
		// Only to a page of this console, or the form would lead anywhere.
		back := SafeHref(form.Get("back"))
		if !strings.HasPrefix(back, v.Base) {
			back = v.Base
		}
		SeeOther(w, back)
		return nil
	}
	return &problem.Error{Status: http.StatusBadRequest, Detail: locale.Text("These pages do not speak that language.")}
}
