package security

import (
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
)

// span says a length of time, in the largest unit that it is a multiple of.
func (v *Pages) span(d time.Duration) string {
	count := v.Locale.Count
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return count(int(d/(24*time.Hour)), locale.Text("%d day"), locale.Text("%d days"))
	case d >= time.Hour && d%time.Hour == 0:
		return count(int(d/time.Hour), locale.Text("%d hour"), locale.Text("%d hours"))
	case d >= time.Minute && d%time.Minute == 0:
		return count(int(d/time.Minute), locale.Text("%d minute"), locale.Text("%d minutes"))
	}
	return count(int(d/time.Second), locale.Text("%d second"), locale.Text("%d seconds"))
}

// left says how long something goes on, in its largest unit.
func (v *Pages) left(d time.Duration) string {
	if d < time.Minute {
		return v.Translate("less than a minute left")
	}
	return v.Translate("%s left", v.rounded(d))
}

// rounded says a length of time in about two digits.
func (v *Pages) rounded(d time.Duration) string {
	unit := time.Second
	switch {
	case d >= 48*time.Hour:
		unit = 24 * time.Hour
	case d >= 2*time.Hour:
		unit = time.Hour
	case d >= 2*time.Minute:
		unit = time.Minute
	}
	return v.span(max(d.Round(unit), unit))
}
