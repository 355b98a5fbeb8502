package console

import (
	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// statusBar is the row above a list with the state of its log.
type statusBar struct {
	// Alarm describes the problem in a sentence.
	Alarm string
	Items []statusItem
}

type statusItem struct {
	Label, Text string
	When        moment
	// Tone is "", "ok", "warn" or "bad".
	Tone string
}

var stateTexts = map[record.State]string{
	record.StateOpening: locale.Text("opening"),
	record.StateOK:      locale.Text("ok"),
	record.StateDown:    locale.Text("down"),
}

func (v *view) stateItem(b *record.BookHealth) statusItem {
	tone := map[record.State]string{record.StateOK: "ok", record.StateDown: "bad"}[b.State]
	return statusItem{Label: v.translate("Store"), Text: v.translate(stateTexts[b.State]), Tone: tone}
}

// lossItem is a counter that should be zero. The label is in words already.
func (v *view) lossItem(label string, n uint64, tone string) statusItem {
	if n == 0 {
		tone = ""
	}
	return statusItem{Label: label, Text: v.translate("%d", n), Tone: tone}
}

func (v *view) newestItem(label string, b *record.BookHealth) statusItem {
	if b.Newest.IsZero() {
		return statusItem{Label: label, Text: v.translate("none yet")}
	}
	return statusItem{Label: label, When: newMoment(b.Newest, v.Location)}
}

// alarm describes a log that is down or incomplete.
func (v *view) alarm(b *record.BookHealth) string {
	switch {
	case b.State == record.StateDown:
	case b.Damaged > 0:
		return v.translate("%d entries of this log were damaged on the disk; what is missing here may be in a backup.", b.Damaged)
	default:
		return ""
	}
	s := v.translate("This log cannot be written, and what is missing here may be lost.")
	if b.Error != "" {
		s += " " + v.translate("The reason: %s", display.Visible(b.Error))
	}
	return s
}
