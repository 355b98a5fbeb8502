package codec

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Validate reports why an event cannot be stored.
func Validate(e *record.Event) error {
	if e.ID == "" || len(e.ID) > maxIDBytes {
		return fmt.Errorf("the id %q must have 1 to %d bytes", record.Cut(e.ID, 64), maxIDBytes)
	}
	if !record.ValidCategory(e.Category) {
		return fmt.Errorf("the category %q must be a lower-case word such as booking or login", record.Cut(e.Category, 64))
	}
	if e.Status < 0 || e.Status > 999 {
		return fmt.Errorf("%d is no status", e.Status)
	}
	if err := errors.Join(checkTime(e.Time), checkTime(e.Received), checkTime(e.Until)); err != nil {
		return fmt.Errorf("time, received or until: %w", err)
	}
	if err := errors.Join(checkJSON(e.Details), checkJSON(e.Ext)); err != nil {
		return fmt.Errorf("details and ext: %w", err)
	}
	for _, c := range e.Changes {
		if err := errors.Join(checkJSON(c.Old), checkJSON(c.New)); err != nil {
			return fmt.Errorf("change of %s: %w", c.Field, err)
		}
	}
	return nil
}

// checkTime refuses times that RFC 3339 cannot write.
func checkTime(t time.Time) error {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return fmt.Errorf("year %d is out of range", year)
	}
	return nil
}

// checkJSON refuses values that would make every list with the event invalid.
func checkJSON(m json.RawMessage) error {
	if len(m) > 0 && !json.Valid(m) {
		return errors.New("no JSON value")
	}
	return nil
}

// Limits of one event. Those of the header are stricter; these keep any event
// storable, so that a group commit fails for no event's sake.
const (
	MaxEventBytes = 256 << 10
	maxIDBytes    = 255
)

// Micros is t as it is stored.
func Micros(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}
