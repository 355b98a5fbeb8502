package detection

import (
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// teach has the detector learn from the evidence of a flag that a person calls a false
// positive. Any other decision about the flag takes back what it taught. The decision
// holds even if there is no room for what it teaches.
func (d *Detection) teach(active *Detector, what record.DecisionRequest, stored *record.Flag, now time.Time) {
	id := abuse.FlagID(what.Subject)
	switch {
	case what.Decision == "":
		return // a note alone
	case what.Decision != record.DecideFalsePositive:
		active.UndoCorrections(id)
	case stored != nil:
		if err := active.TeachFalsePositive(id, stored.Evidence, now); err != nil {
			d.options.Log.Warn("nothing could be learned from a false positive", "instance", d.options.Instance, "flag", id, "error", err)
		}
	}
}
