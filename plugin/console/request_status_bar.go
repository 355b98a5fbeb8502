package console

import (
	"github.com/gatebook/gatebook/record"
)

func (v *securityPages) requestStatusBar(b *record.BookHealth) statusBar {
	if b == nil {
		return statusBar{}
	}
	return statusBar{v.alarm(b), []statusItem{
		v.newestItem(v.translate("Last request"), b),
		v.stateItem(b),
		{Label: v.translate("Kept"), Text: v.translate("%d in %s", b.Entries, v.Locale.Volume(b.Bytes))},
		v.lossItem(v.translate("Dropped"), b.Dropped, "bad"),
	}}
}
