package store

import (
	"context"
	"fmt"
)

// Checked is what [Store.Check] found.
type Checked struct {
	ServerLog      CheckedLog `json:"server_log"`
	ApplicationLog CheckedLog `json:"application_log"`
}

// CheckedLog is what a check of one log found.
type CheckedLog struct {
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

func (c *CheckedLog) fault(what string, why error) {
	c.Damaged++
	if len(c.Faults) < maxFaults {
		c.Faults = append(c.Faults, Fault{what, why.Error()})
	}
}

// Good says that nothing is damaged or missing.
func (c *CheckedLog) Good() bool { return c.Damaged == 0 && c.Missing == 0 }

// Good says that nothing of either log is damaged or missing.
func (c *Checked) Good() bool { return c.ServerLog.Good() && c.ApplicationLog.Good() }

// Check reads everything there is in both logs and compares it with what points
// to it. It changes nothing, and recording goes on meanwhile. A log that cannot be
// opened is one fault.
func (s *Store) Check(ctx context.Context) (found Checked, err error) {
	if s.ServerLog == nil {
		found.ServerLog.fault("the server log", s.ServerLogErr)
	} else if found.ServerLog, err = s.ServerLog.Check(ctx); err != nil {
		return found, fmt.Errorf("checking the server log: %w", err)
	}
	if s.AppLog == nil {
		found.ApplicationLog.fault("the application log", s.AppLogErr)
	} else if found.ApplicationLog, err = s.AppLog.Check(ctx); err != nil {
		return found, fmt.Errorf("checking the application log: %w", err)
	}
	return found, nil
}
