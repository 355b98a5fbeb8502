package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// flagLine writes the state of a flag in a line: 203.0.113.7/32: banned until …, new
func flagLine(f *record.Flag, loc *time.Location) string {
	line := logformat.FlagSubject(f.Subject) + ": " + string(f.State) + until(f.Until, loc)
	if f.State == record.FlagExpired {
		line = logformat.FlagSubject(f.Subject) + ": " + string(f.Expired) + until(f.Until, loc) + ", which is over"
	} else if f.InForce && !f.Until.IsZero() {
		line += " (" + left(time.Until(f.Until)) + ")"
	}
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

// left says how long something goes on.
func left(d time.Duration) string {
	unit := time.Minute
	switch {
	case d < time.Minute:
		return "less than 1m left"
	case d >= 48*time.Hour:
		return strconv.Itoa(int(d.Round(24*time.Hour)/(24*time.Hour))) + "d left"
	case d >= 10*time.Hour:
		unit = time.Hour
	}
	text := strings.TrimSuffix(d.Round(unit).String(), "0s")
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text + " left"
}
