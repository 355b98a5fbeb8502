// Package locale translates the texts of the console's pages, and writes numbers as
// a language does.
package locale

import (
	"net/http"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Locale is a language of the pages. german.go explains how to write a text for
// all of them.
type Locale struct {
	// Code is for the attribute lang, Name for the language menu.
	Code, Name string
	// Texts are translations by their English text; a missing one stays English.
	Texts   map[string]string
	printer *message.Printer
}

// The languages; the first of All is the fallback.
var (
	English = &Locale{"en", "English", nil, message.NewPrinter(language.English)}
	German  = &Locale{"de", "Deutsch", german, message.NewPrinter(language.German)}
	All     = []*Locale{English, German}
	matcher = language.NewMatcher([]language.Tag{language.English, language.German})
)

// Translate translates a text. The key is the English text; with
// args it is one for fmt.Sprintf, in which %d writes numbers as the language does.
func (l *Locale) Translate(key string, args ...any) string {
	text, ok := l.Texts[key]
	if !ok {
		text = key
	}
	if len(args) == 0 {
		return text
	}
	return l.printer.Sprintf(text, args...)
}

// Count writes n with its noun in the right number. Both texts have one %d.
func (l *Locale) Count(n int, one, many string) string {
	if n == 1 {
		return l.Translate(one, n)
	}
	return l.Translate(many, n)
}

// Cookie is the name of the cookie with the language that was chosen on a page.
const Cookie = "gatebook_language"

// Of is the language that was chosen on a page, or else the one that the browser asks
// for.
func Of(r *http.Request) *Locale {
	var chosen string
	if cookie, err := r.Cookie(Cookie); err == nil {
		chosen = cookie.Value
	}
	_, i := language.MatchStrings(matcher, chosen, r.Header.Get("Accept-Language"))
	return All[i]
}
