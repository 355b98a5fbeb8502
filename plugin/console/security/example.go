package security

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// example is the latest request of a group.
type example struct {
	Facts []view.Fact
	Trace string
}

func (v *Pages) newExample(r *record.Request) example {
	all := []view.Fact{
		{Name: v.Translate("Request"), Text: shown(r.Method + " " + r.Target())},
		{Name: v.Translate("Date and time"), When: view.NewMoment(r.Time, v.Location)},
		{Name: v.Translate("Status"), Text: strings.TrimSpace(strconv.Itoa(r.Status) + " " + v.Translate(statusText(r.Status)))},
		{Name: v.Translate("IP address"), Text: display.Visible(r.Address())},
		{Name: v.Translate("User"), Text: shown(r.User)},
		{Name: v.Translate("Browser"), Text: shown(cmp.Or(r.Browser, r.UserAgent))},
		{Name: v.Translate("Request id"), Text: shown(r.RequestID)},
	}
	var e example
	if r.Error != nil {
		e.Trace = visibleLines(r.Error.Trace)
		if r.Error.Cut {
			all = append(all, view.Fact{Name: v.Translate("Worth knowing"), Text: v.Translate("The application told more than is kept; the longest was cut.")})
		}
	}
	e.Facts = view.Known(all)
	return e
}

// maxShown is how many bytes of a text that a client chose help to recognize
// the request. There may be a thousand on the page.
const maxShown = 400

func shown(s string) string {
	if cut := record.Cut(s, maxShown); len(cut) < len(s) {
		return display.Visible(cut) + "…"
	}
	return display.Visible(s)
}

// visibleLines is display.Visible for a text whose line breaks are to be seen
// as such.
func visibleLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i, line := range lines {
		lines[i] = display.Visible(strings.TrimSuffix(line, "\r"))
	}
	return strings.Join(lines, "\n")
}
