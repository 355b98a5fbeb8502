package plugin

import (
	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/record"
)

// DecidedNote is the entry that decisions leave which were made at once, of the
// wanted ones, as the console leaves it. It says nothing about whom.
func DecidedNote(made []record.DecisionRequest, wanted int) (record.Event, error) {
	return audit.DecisionEntry(made, wanted)
}
