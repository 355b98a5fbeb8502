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
	flags, known, seed, err := d.load()
	if err != nil {
		d.options.Log.Error("flags and bans from before cannot be read", "instance", d.options.Instance, "error", err)
	}
	config := s.Config
	config.Seed = seed
	detector, err := abuse.New(config)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	detector.Restore(flags, now)
	detector.RestoreKnown(known, now)
	return &Detector{detector, s}, nil
}

// load reads what the application log has for a detector. It returns nothing if the
// log is not open: [Detection.LogOpened] is called once it is.
func (d *Detection) load() (flags []record.Flag, known []record.Known, seed uint64, err error) {
	log, err := d.options.AppLog()
	if err != nil {
		return nil, nil, 0, nil
	}
	err = log.EachFlag(context.Background(), func(f *record.Flag) error {
		flags = append(flags, *f)
		return nil
	})
	if err != nil {
		return nil, nil, 0, err
	}
	if seed, err = log.Seed(); err != nil {
		return flags, nil, 0, err
	}
	err = log.EachKnown(context.Background(), func(one record.Known) { known = append(known, one) })
	return flags, known, seed, err
}
