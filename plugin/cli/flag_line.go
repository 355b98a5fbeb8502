package cli

import (
	"time"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// flagLine writes the state of a flag in a line: 203.0.113.7/32: banned until …, new
func flagLine(f *record.Flag, loc *time.Location) string {
	line := logformat.FlagSubject(f.Subject) + ": " + string(f.State) + until(f.Until, loc)
	if f.Review == record.ReviewFalsePositive {
		line += ", a false positive"
	} else {
		line += ", " + string(f.Review)
	}
	return display.Visible(line)
}

func until(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return " until " + moment(t, loc)
}
