package detection

import (
	"context"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// newDetector returns a detector with what is stored. If that cannot be read, it
// starts empty.
func (d *Detection) newDetector(s Settings) (*Detector, error) {
	before, err := d.load()
	if err != nil {
		d.options.Log.Error("flags and bans from before cannot be read", "instance", d.options.Instance, "error", err)
	}
	config := s.Config
	config.Seed = before.seed
	detector, err := abuse.New(config)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	detector.Restore(before.flags, now)
	detector.RestoreKnown(before.known, now)
	if n := detector.RestoreLearned(before.learned, now); n > 0 {
		d.options.Log.Warn("a part of what was learned about the application cannot be read; it is learned anew", "instance", d.options.Instance, "records", n)
	}
	return &Detector{detector, s}, nil
}

// stored is what the application log has for a detector.
type stored struct {
	flags   []record.Flag
	known   []record.Known
	learned []record.Learned
	seed    uint64
}

// load reads what the application log has for a detector. It returns nothing if the
// log is not open: [Detection.LogOpened] is called once it is.
func (d *Detection) load() (s stored, err error) {
	log, err := d.options.AppLog()
	if err != nil {
		return s, nil
	}
	ctx := context.Background()
	if s.seed, err = log.Seed(); err != nil {
		return s, err
	}
	err = log.EachFlag(ctx, func(f *record.Flag) error {
		s.flags = append(s.flags, *f)
		return nil
	})
	if err != nil {
		return stored{seed: s.seed}, err
	}
	if err = log.EachKnown(ctx, func(one record.Known) { s.known = append(s.known, one) }); err != nil {
		return s, err
	}
	err = log.EachLearned(ctx, func(one record.Learned) { s.learned = append(s.learned, one) })
	return s, err
}
