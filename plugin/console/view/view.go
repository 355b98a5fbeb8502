// Package view has what the parts of a console share: a [View] for each request, the
// layout of a page, filters and lists, words for entries, and errors.
package view

import (
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
)

// View is one request as the code that answers it sees it: who asks, in which
// language, and what every page shows around its content.
type View struct {
	// Instance is the name of the instance.
	Instance string
	// Base is the path of the console; it starts and ends with "/".
	Base string
	// Here is the address of the page, to come back to; the API has none.
	Here string
	// Nav are the pages that the user may open.
	Nav []Link
	// Locale is the user's language; the API answers in English.
	Locale *locale.Locale
	// Location is the time zone of the instance.
	Location *time.Location
	// Now is when the request came.
	Now time.Time
	// User is the user's name, "" if it is not known.
	User string
	// Logout is where the user logs out, "" where that is not known.
	Logout string
	// Asker is the user's address; it may be the zero Addr.
	Asker netip.Addr
	// Operator reports that what the user reads leaves no audit entry.
	Operator bool
	// Health returns the health of the logs that the user may read.
	Health func() record.Health
	// Report takes errors whose cause the user is not shown.
	Report func(error)
}

// Translate translates a text into the user's language; see [locale.Locale.Translate].
func (v *View) Translate(key string, args ...any) string { return v.Locale.Translate(key, args...) }
