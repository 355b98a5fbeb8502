package applog

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/search"
	"github.com/gatebook/gatebook/store/kv"
)

// Expiry says which entries have expired.
type Expiry struct {
	// DeleteBefore and AnonymizeBefore tell of a category before which time
	// its entries go, or lose what identifies people; the zero time says never.
	// Anonymization counts from the later of an entry's Time and Until.
	DeleteBefore, AnonymizeBefore func(category string) time.Time
	// DryRun only counts.
	DryRun bool
}

// NewExpiry returns which entries have expired at now under settings.
func NewExpiry(s record.LogSettings, now time.Time) Expiry {
	return Expiry{
		DeleteBefore: func(category string) time.Time { return DaysBefore(now, s.Retention(category)) },
		AnonymizeBefore: func(category string) time.Time {
			days, on := s.AnonymizeAfterDays[category]
			if !on {
				return time.Time{}
			}
			return DaysBefore(now, days)
		},
	}
}

// DaysBefore counts days of 24 hours, as the configuration does.
func DaysBefore(now time.Time, days int) time.Time {
	return now.Add(-time.Duration(days) * 24 * time.Hour)
}

// latestOf returns the expiry of all entries that have expired by any of list.
func latestOf(list []Expiry) Expiry {
	latest := func(before func(Expiry) time.Time) (t time.Time) {
		for _, x := range list {
			if at := before(x); at.After(t) {
				t = at
			}
		}
		return t
	}
	return Expiry{
		DeleteBefore: func(category string) time.Time {
			return latest(func(x Expiry) time.Time { return x.DeleteBefore(category) })
		},
		AnonymizeBefore: func(category string) time.Time {
			return latest(func(x Expiry) time.Time { return x.AnonymizeBefore(category) })
		},
	}
}

// Retained is what [Log.Retain] did, by category.
type Retained struct {
	Deleted    map[string]uint64 `json:"deleted"`
	Anonymized map[string]uint64 `json:"anonymized"`
	// BytesBefore and BytesAfter are what the log took on the disk.
	BytesBefore int64 `json:"bytes_before"`
	BytesAfter  int64 `json:"bytes_after"`
}

// Sum is how many entries were deleted and anonymized in all.
func (d *Retained) Sum() (deleted, anonymized uint64) {
	for _, n := range d.Deleted {
		deleted += n
	}
	for _, n := range d.Anonymized {
		anonymized += n
	}
	return deleted, anonymized
}

// dueEntries is what became due in one look at the log.
type dueEntries struct {
	expiry            Expiry
	done              *Retained
	remove, anonymize []codec.Position
	more              bool
}

// maxDue bounds how many entries one look at the log notes down.
const maxDue = 100_000

// Retain deletes and anonymizes expired entries and frees the disk space: when it
// returns, no file holds what was removed. Events are appended meanwhile.
func (a *Log) Retain(ctx context.Context, age Expiry) (done Retained, err error) {
	done = Retained{Deleted: map[string]uint64{}, Anonymized: map[string]uint64{}}
	if done.BytesBefore, err = kv.UsedBytes(a.space.Dir); err != nil {
		return done, fmt.Errorf("measuring the application log: %w", err)
	}
	done.BytesAfter = done.BytesBefore
	if err := a.expire(ctx, age, &done); err != nil || age.DryRun {
		return done, err
	}
	if err := a.compactPending(ctx); err != nil {
		return done, err
	}
	if err := a.noteRun(ctx, &done); err != nil {
		return done, err
	}
	a.wakeBlocks()
	if done.BytesAfter, err = kv.UsedBytes(a.space.Dir); err != nil {
		return done, fmt.Errorf("measuring the application log: %w", err)
	}
	return done, nil
}

// expire deletes and anonymizes expired entries and counts them in done. The
// compaction that frees the disk space stays pending.
func (a *Log) expire(ctx context.Context, age Expiry, done *Retained) error {
	before, since, err := a.latest(ctx, age)
	if err != nil {
		return err
	}
	for more := true; more; {
		due := dueEntries{expiry: age, done: done}
		if err := a.view(ctx, func(txn *badger.Txn) error { return a.at(ctx, txn).EachDue(before, since, due.look) }); err != nil {
			return fmt.Errorf("looking for what is too old: %w", err)
		}
		if age.DryRun {
			return nil
		}
		if err := a.removeEach(ctx, due.remove); err != nil {
			return fmt.Errorf("deleting what is too old: %w", err)
		}
		if err := a.anonymizeEach(ctx, due.anonymize); err != nil {
			return fmt.Errorf("anonymizing what is too old: %w", err)
		}
		more = due.more
	}
	return nil
}

// latest are the latest of the times before which entries of any category are too
// old.
func (a *Log) latest(ctx context.Context, age Expiry) (remove, anonymize time.Time, err error) {
	categories, err := a.Categories(ctx)
	// An entry that cannot be read is shown as one of Gatebook's own.
	for _, c := range append(categories, record.CategoryGatebook) {
		if t := age.DeleteBefore(c); t.After(remove) {
			remove = t
		}
		if t := age.AnonymizeBefore(c); t.After(anonymize) {
			anonymize = t
		}
	}
	return remove, anonymize, err
}

// look notes an entry that is due.
func (d *dueEntries) look(row search.Due) error {
	if len(d.remove)+len(d.anonymize) >= maxDue && !d.expiry.DryRun {
		d.more = true
		return nil
	}
	switch {
	case row.Time.Before(d.expiry.DeleteBefore(row.Category)):
		d.done.Deleted[row.Category]++
		d.remove = append(d.remove, codec.NewPosition(row.Time, row.Seq))
	case !row.Anonymized && row.Due.Before(d.expiry.AnonymizeBefore(row.Category)):
		d.done.Anonymized[row.Category]++
		d.anonymize = append(d.anonymize, codec.NewPosition(row.Time, row.Seq))
	}
	if d.expiry.DryRun {
		d.remove, d.anonymize = nil, nil
	}
	return nil
}

func (a *Log) removeEach(ctx context.Context, list []codec.Position) error {
	return a.changeEach(ctx, list, func(c *rewrite, e *record.Event) error { return c.remove(e) })
}

func (a *Log) anonymizeEach(ctx context.Context, list []codec.Position) error {
	return a.changeEach(ctx, list, func(c *rewrite, e *record.Event) error { return c.anonymize(e) })
}

func (a *Log) noteRun(ctx context.Context, done *Retained) error {
	run := record.RetentionRun{Time: codec.Micros(a.o.Now())}
	run.Deleted, run.Anonymized = done.Sum()
	value, err := json.Marshal(run)
	if err != nil {
		return fmt.Errorf("noting the retention run: %w", err)
	}
	return a.set(ctx, settingRun, value)
}

// LastRun is the last run of [Log.Retain]; nil before the first.
func (a *Log) LastRun() (*record.RetentionRun, error) {
	value, err := a.setting(settingRun)
	if err != nil || value == nil {
		return nil, err
	}
	run := new(record.RetentionRun)
	if err := json.Unmarshal(value, run); err != nil {
		return nil, fmt.Errorf("reading the last retention run: %w", err)
	}
	return run, nil
}
