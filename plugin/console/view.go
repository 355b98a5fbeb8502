package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
)

// view answers one request. It is the console's configuration and what is known
// of the request.
type view struct {
	*Console
	// locale is the user's language; the API answers in English.
	locale *locale.Locale
	// now is when the request came.
	now time.Time
	// here is the address of the page, to come back to; the API has none.
	here string
}

func (c *Console) newView(l *locale.Locale) *view {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	return &view{Console: c, locale: l, now: now()}
}

// newPageView is the view of a request for a page.
func (c *Console) newPageView(r *http.Request) *view {
	v := c.newView(locale.Of(r))
	v.here = c.Base + strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if r.URL.RawQuery != "" {
		v.here += "?" + r.URL.RawQuery
	}
	return v
}

func (v *view) translate(key string, args ...any) string { return v.locale.Translate(key, args...) }

// location is the time zone of the instance, UTC if it has none.
func (v *view) location() *time.Location {
	if loc := v.Source.Location(); loc != nil {
		return loc
	}
	return time.UTC
}

// report reports an error whose cause the user is not shown.
func (v *view) report(err error) {
	if v.Report != nil {
		v.Report(err)
	}
}
