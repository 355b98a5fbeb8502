package detection

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// Store stores what has changed and emits events for new states. What it cannot
// store it keeps for the next call. It logs the first failure and the end of the
// failures.
func (d *Detection) Store(ctx context.Context) error {
	// The changes are not only the caller's: they are stored even if the caller does
	// not wait. Events come last, because their handlers may ask for flags.
	changes, err := d.storeChanged(context.WithoutCancel(ctx))
	if failed := err != nil; d.failing.Swap(failed) != failed {
		if failed {
			d.options.Log.Error("flags cannot be stored; they hold, and it is tried again", "instance", d.options.Instance, "error", err)
		} else {
			d.options.Log.Info("flags are stored again", "instance", d.options.Instance)
		}
	}
	if err == nil {
		d.emit(changes)
	}
	return err
}

// emit emits the events of changes. It is not called on the request path.
func (d *Detection) emit(changes []change) {
	if d.options.Emit == nil {
		return
	}
	for i := range changes {
		if c := &changes[i]; c.event != "" {
			d.options.Emit(c.event, c.data(d.options.Instance))
		}
	}
}

// storeChanged stores the flags and the known addresses that have changed, and
// returns what is new about the flags.
func (d *Detection) storeChanged(ctx context.Context) (changes []change, err error) {
	d.storing.Lock()
	defer d.storing.Unlock()
	active := d.active.Load()
	if active == nil {
		return nil, nil
	}
	active.UpdateIncidents(time.Now())
	known, flags := active.TakeKnown(), active.TakeChanged()
	// What could not be stored comes before what changed since.
	d.unsaved = latest(append(d.unsaved, active.TakeLearned()...))
	if len(known) == 0 && len(flags) == 0 && len(d.unsaved) == 0 {
		return nil, nil
	}
	defer func() {
		if err != nil {
			active.ReturnKnown(known)
			active.ReturnChanged(flags, time.Now())
		}
	}()
	log, err := d.options.AppLog()
	if err != nil {
		return nil, err
	}
	seed, err := log.Seed()
	if err != nil {
		return nil, err
	}
	if seed == 0 {
		seed = active.Seed()
	} else if seed != active.Seed() {
		// The log opened late, and the next detector has its seed. With another seed
		// who is known would be nobody; what was learned is restored from its text.
		known = nil
	}
	if err := log.PutKnown(ctx, seed, known); err != nil {
		return nil, err
	}
	known = nil // stored: not to be returned if the flags fail
	if err := log.PutLearned(ctx, seed, d.unsaved); err != nil {
		return nil, err
	}
	d.unsaved = nil
	if changes, err = merge(ctx, log, active, flags); err != nil {
		return nil, err
	}
	d.complete(flags)
	return changes, log.PutFlags(ctx, flags...)
}

// maxUnsaved is from how many records on those are dropped that later ones replace.
const maxUnsaved = 1 << 16

// latest returns the last record of each name, once there are many.
func latest(list []record.Learned) []record.Learned {
	if len(list) < maxUnsaved {
		return list
	}
	last := make(map[string]int, len(list))
	for i := range list {
		last[string(list[i].Name)] = i
	}
	kept := list[:0]
	for i := range list {
		if last[string(list[i].Name)] == i {
			kept = append(kept, list[i])
		}
	}
	return kept
}

// complete adds to flags what the detector does not know.
func (d *Detection) complete(flags []record.Flag) {
	now := time.Now().UTC()
	for i := range flags {
		f := &flags[i]
		f.Changed = now
		prefix, err := netip.ParsePrefix(f.Subject.Value)
		if err != nil {
			continue
		}
		f.LoginSeqs = d.logins.within(prefix)
		if d.options.Locate != nil && f.Country == "" {
			f.Country, f.ASN = d.options.Locate(prefix.Addr())
		}
	}
}

// merge adds what is stored of flags that the detector had forgotten, and returns
// what is new about each.
func merge(ctx context.Context, log *applog.Log, active *Detector, flags []record.Flag) ([]change, error) {
	list := make([]change, len(flags))
	for i := range flags {
		f := &flags[i]
		old, err := storedFlag(ctx, log, f.ID)
		if err != nil {
			return nil, err
		}
		if joined, forgotten := active.Merge(f.Subject, old, time.Now()); forgotten {
			joined.Evidence = f.Evidence
			*f = joined
		}
		list[i] = change{f, eventOf(old, f)}
	}
	return list, nil
}

// storedFlag returns nil if there is no such flag.
func storedFlag(ctx context.Context, log *applog.Log, id string) (*record.Flag, error) {
	f, err := log.Flag(ctx, id)
	if errors.Is(err, record.ErrNotFound) {
		return nil, nil
	}
	return &f, err
}
