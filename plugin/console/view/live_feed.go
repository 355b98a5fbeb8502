package view

import (
	"fmt"
	"net/url"

	"github.com/gatebook/gatebook/record"
)

// LiveFeed configures the script live.js: the address of a stream of the filtered
// records, if there is one, and the address to poll for changes. Revision identifies
// the answer at the time of the page: the health of a Log, or the first flag. One and
// Many are the messages about new rows.
type LiveFeed struct{ Stream, Pulse, Log, Revision, One, Many string }

// NewLiveFeed follows a log by the API's stream at path; a page of older rows does
// not follow it.
func (v *View) NewLiveFeed(f *Filter, path, name string, log *record.BookHealth, one, many string) *LiveFeed {
	if f.Given.Has("cursor") {
		return nil
	}
	return &LiveFeed{
		Stream: v.APIAddress(path, f.Query()), Pulse: v.Base + "api/v1/health", Log: name, Revision: logRevision(log), One: one, Many: many,
	}
}

// logRevision changes when b has something new to show. The script live.js makes
// the same of the API's health.
func logRevision(b *record.BookHealth) string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf("%s/%d/%d/%d/%d/%d", b.State, b.Entries, b.Recorded, b.Rejected, b.Late, b.Dropped)
}

// APIAddress returns the address of a path of the API with parameters.
func (v *View) APIAddress(path string, values url.Values) string {
	return v.Base + "api/v1/" + path + "?" + values.Encode()
}
