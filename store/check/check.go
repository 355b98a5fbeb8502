// Package check holds what a check of a log found.
package check

// Log is what a check of one log found.
type Log struct {
	// Blocks is how many blocks the server log is in.
	Blocks uint64 `json:"blocks,omitempty"`
	// Entries are those that can be read.
	Entries uint64 `json:"entries"`
	// Missing counts those that should be there and are not.
	Missing uint64 `json:"missing"`
	// Damaged counts the faults, of which Faults names the first.
	Damaged uint64  `json:"damaged"`
	Faults  []Fault `json:"faults,omitempty"`
}

// Fault is one thing that is wrong.
type Fault struct {
	// What is damaged, and why it is said to be.
	What   string `json:"what"`
	Reason string `json:"reason"`
}

// maxFaults is how many faults are named, so that a log of which all is damaged
// does not fill the memory.
const maxFaults = 1000

// Add counts a fault, and names it if there is room.
func (c *Log) Add(what string, why error) {
	c.Damaged++
	if len(c.Faults) < maxFaults {
		c.Faults = append(c.Faults, Fault{what, why.Error()})
	}
}

// Good says that nothing is damaged or missing.
func (c *Log) Good() bool { return c.Damaged == 0 && c.Missing == 0 }
