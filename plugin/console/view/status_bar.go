package view

import (
	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// StatusBar is the row above a list with the state of its log.
type StatusBar struct {
	// Alarm describes the problem in a sentence.
	Alarm string
	Items []StatusItem
}

// StatusItem is one value of a status bar.
type StatusItem struct {
	Label, Text string
	When        Moment
	// Tone is "", "ok", "warn" or "bad".
	Tone string
	// Calm says that there is nothing to worry about: small screens leave it out.
	Calm bool
}

var stateTexts = map[record.State]string{
	record.StateOpening: locale.Text("opening"),
	record.StateOK:      locale.Text("ok"),
	record.StateDown:    locale.Text("down"),
}

// StateItem shows whether the log can be written.
func (v *View) StateItem(b *record.BookHealth) StatusItem {
	tone := map[record.State]string{record.StateOK: "ok", record.StateDown: "bad"}[b.State]
	return StatusItem{Label: v.Translate("Store"), Text: v.Translate(stateTexts[b.State]), Tone: tone, Calm: tone == "ok"}
}

// LossItem is a counter that should be zero. The label is in words already.
func (v *View) LossItem(label string, n uint64, tone string) StatusItem {
	if n == 0 {
		tone = ""
	}
	return StatusItem{Label: label, Text: v.Translate("%d", n), Tone: tone, Calm: n == 0}
}

// NewestItem shows the time of the newest record.
func (v *View) NewestItem(label string, b *record.BookHealth) StatusItem {
	if b.Newest.IsZero() {
		return StatusItem{Label: label, Text: v.Translate("none yet")}
	}
	return StatusItem{Label: label, When: NewMoment(b.Newest, v.Location)}
}

// Alarm describes a log that is down or incomplete.
func (v *View) Alarm(b *record.BookHealth) string {
	switch {
	case b.State == record.StateDown:
	case b.Damaged > 0:
		return v.Translate("%d entries of this log were damaged on the disk; what is missing here may be in a backup.", b.Damaged)
	default:
		return ""
	}
	s := v.Translate("This log cannot be written, and what is missing here may be lost.")
	if b.Error != "" {
		s += " " + v.Translate("The reason: %s", display.Visible(b.Error))
	}
	return s
}
