package console

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// locale is a language of the pages. german.go explains how to write a text for
// all of them.
type locale struct {
	// Code is for the attribute lang, Name for the language menu.
	Code, Name string
	// texts are translations by their English text; a missing one stays English.
	texts   map[string]string
	printer *message.Printer
}

// locales are all of them; the first is the fallback.
var (
	english = &locale{"en", "English", nil, message.NewPrinter(language.English)}
	locales = []*locale{english, {"de", "Deutsch", german, message.NewPrinter(language.German)}}
	matcher = language.NewMatcher([]language.Tag{language.English, language.German})
)

// translate translates a text. The key is the English text; with
// args it is one for fmt.Sprintf, in which %d writes numbers as the language does.
func (l *locale) translate(key string, args ...any) string {
	text, ok := l.texts[key]
	if !ok {
		text = key
	}
	if len(args) == 0 {
		return text
	}
	return l.printer.Sprintf(text, args...)
}

// count writes n with its noun in the right number. Both texts have one %d.
func (l *locale) count(n int, one, many string) string {
	if n == 1 {
		return l.translate(one, n)
	}
	return l.translate(many, n)
}

// translatable marks a text for translation that is translated elsewhere.
func translatable(key string) string { return key }

const languageCookie = "gatebook_language"

// localeOf is what was chosen on a page, or else what the browser asks for.
func localeOf(r *http.Request) *locale {
	var chosen string
	if cookie, err := r.Cookie(languageCookie); err == nil {
		chosen = cookie.Value
	}
	_, i := language.MatchStrings(matcher, chosen, r.Header.Get("Accept-Language"))
	return locales[i]
}

// chooseLanguage remembers the language of a form and leads back to its page.
func (v *view) chooseLanguage(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		return &statusError{status: http.StatusBadRequest, detail: translatable("The form cannot be read.")}
	}
	code := r.PostForm.Get("language")
	for _, l := range locales {
		if l.Code != code {
			continue
		}
		http.SetCookie(w, &http.Cookie{
			Name: languageCookie, Value: code, Path: v.Base, MaxAge: 400 * 24 * 60 * 60, // browsers keep none longer
			HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
		})
		// Only to a page of this console, or the form would lead anywhere.
		back := safeHref(r.PostForm.Get("back"))
		if !strings.HasPrefix(back, v.Base) {
			back = v.Base
		}
		w.Header().Set("Location", back)
		w.WriteHeader(http.StatusSeeOther)
		return nil
	}
	return &statusError{status: http.StatusBadRequest, detail: translatable("These pages do not speak that language.")}
}
