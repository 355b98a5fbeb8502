package store

import (
	"context"
	"fmt"

	"github.com/gatebook/gatebook/store/check"
)

// Checked is what [Store.Check] found.
type Checked struct {
	ServerLog      check.Log `json:"server_log"`
	ApplicationLog check.Log `json:"application_log"`
}

// Good says that nothing of either log is damaged or missing.
func (c *Checked) Good() bool { return c.ServerLog.Good() && c.ApplicationLog.Good() }

// Check reads everything there is in both logs and compares it with what points
// to it. It changes nothing, and recording goes on meanwhile. A log that cannot be
// opened is one fault.
func (s *Store) Check(ctx context.Context) (found Checked, err error) {
	if s.ServerLog == nil {
		found.ServerLog.Add("the server log", s.ServerLogErr)
	} else if found.ServerLog, err = s.ServerLog.Check(ctx); err != nil {
		return found, fmt.Errorf("checking the server log: %w", err)
	}
	if s.AppLog == nil {
		found.ApplicationLog.Add("the application log", s.AppLogErr)
	} else if found.ApplicationLog, err = s.AppLog.Check(ctx); err != nil {
		return found, fmt.Errorf("checking the application log: %w", err)
	}
	return found, nil
}
