package security

import (
	"github.com/gatebook/gatebook/plugin/console/locale"
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
		{Label: v.Translate("Stored"), Text: v.Translate("%s (%s)", v.Locale.Count(int(b.Entries), locale.Text("%d request"), locale.Text("%d requests")), v.Locale.Volume(b.Bytes))},
		v.LossItem(v.Translate("Dropped"), b.Dropped, "bad"),
	}}
}
