package detection

import (
	"context"
	"fmt"

	"github.com/gatebook/gatebook/record"
)

// Forget deletes the flags that match, from memory and then from the log.
func (d *Detection) Forget(ctx context.Context, match func(*record.Flag) bool) error {
	active := d.active.Load()
	if active == nil {
		return nil
	}
	d.storing.Lock()
	defer d.storing.Unlock()
	if active.Forget(match) == 0 {
		return nil
	}
	log, err := d.options.AppLog()
	if err != nil {
		return err
	}
	return log.DropFlags(ctx, match)
}

// ForgetDeleted deletes from memory the flags that the retention has deleted from
// the log. The next change of their subject would store them again.
func (d *Detection) ForgetDeleted(ctx context.Context) error {
	active := d.active.Load()
	if active == nil {
		return nil
	}
	log, err := d.options.AppLog()
	if err != nil {
		return err
	}
	stored := map[string]bool{}
	err = log.EachFlag(ctx, func(f *record.Flag) error {
		stored[f.ID] = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking which flags are left: %w", err)
	}
	active.ForgetStored(func(f *record.Flag) bool { return !stored[f.ID] })
	return nil
}
