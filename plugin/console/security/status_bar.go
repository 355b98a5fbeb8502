package security

import (
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

func (v *Pages) requestStatusBar(b *record.BookHealth) view.StatusBar {
	if b == nil {
		return view.StatusBar{}
	}
	return view.StatusBar{Alarm: v.Alarm(b), Items: []view.StatusItem{
		v.NewestItem(v.Translate("Last request"), b),
		v.StateItem(b),
		{Label: v.Translate("Kept"), Text: v.Translate("%d in %s", b.Entries, v.Locale.Volume(b.Bytes))},
		v.LossItem(v.Translate("Dropped"), b.Dropped, "bad"),
	}}
}
