package security

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// requestRow is the row of one request.
type requestRow struct {
	// Key tells the rows of a page apart, and stays when it is loaded again.
	Key string
	// File is path and query; Browser is the user agent where that names none.
	File, Browser foldable
	Method        string
	When          view.Moment
	Volume        string
	Status        int
	StatusText    string
	Tone          string
	Verdict       string
	Aborted       bool
	OS            string
	IP            string
	// Address is the page about IP, "" if that is not known.
	Address      string
	Country, Net string
}

func (v *Pages) newRequestRows(found []record.Request) []requestRow {
	var rows []requestRow
	times := map[string]int{}
	for i := range found {
		row := v.newRequestRow(&found[i])
		// Two that are the same in all that counts are told apart by their place.
		if times[row.Key]++; times[row.Key] > 1 {
			row.Key += "-" + strconv.Itoa(times[row.Key])
		}
		rows = append(rows, row)
	}
	return rows
}

func requestKey(r *record.Request) string {
	h := fnv.New64a()
	fmt.Fprint(h, r.Time.UnixMicro(), r.IP, r.Method, r.Path, r.Query, r.UserAgent, r.Status, r.Bytes, r.Duration)
	return strconv.FormatUint(h.Sum64(), 36)
}

// addressHref is the page about an address, or "".
func (v *Pages) addressHref(addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	return v.Base + "addresses/" + url.PathEscape(addr.WithZone("").String())
}

func (v *Pages) newRequestRow(r *record.Request) requestRow {
	return requestRow{
		Key:        requestKey(r),
		Address:    v.addressHref(r.IP),
		File:       newFoldable(r.Target(), 120),
		Browser:    newFoldable(cmp.Or(r.Browser, r.UserAgent), 60),
		Method:     display.Visible(r.Method),
		When:       view.NewMoment(r.Time, v.Location),
		Volume:     v.Locale.Volume(r.Bytes),
		Status:     r.Status,
		StatusText: v.Translate(statusText(r.Status)),
		Tone:       statusTone(r.Status),
		Verdict:    v.Translate(view.VerdictTexts[r.Verdict]),
		Aborted:    r.Aborted,
		OS:         display.Visible(r.OS),
		IP:         display.Visible(r.Address()),
		Country:    display.Visible(r.Country),
		Net:        display.Visible(r.ASOrg),
	}
}

// foldable is a text that a client chose. If it has more characters than a row
// shows, so that no attacker fills the screen, the row unfolds Start to All.
type foldable struct{ Start, All string }

func newFoldable(s string, shown int) foldable {
	f := foldable{All: display.Visible(s)}
	n := 0
	for i := range f.All {
		if n++; n > shown {
			f.Start = f.All[:i]
			break
		}
	}
	return f
}

func statusText(status int) string {
	switch status { // nginx's own, not in net/http
	case 444:
		return locale.Text("Connection closed")
	case 499:
		return locale.Text("Client left")
	}
	return http.StatusText(status)
}

func statusTone(status int) string {
	switch {
	case status >= 500:
		return "bad"
	case status >= 400:
		return "warn"
	}
	return ""
}
