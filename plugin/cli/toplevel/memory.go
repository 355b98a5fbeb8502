package toplevel

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much garbage may gather, in percent of what is in use. Go's
// own 100 doubles what a process holds; a sidecar shares its machine with the
// application. Measured, half of that costs no time that can be seen
// (docs/benchmarks.md).
const gcPercent = 50

// GOGC in the environment has the last word.
func init() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
