package retention

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/applog/ledger"
)

// Start stores what a configuration starts with, unless people chose otherwise.
func Start(ctx context.Context, l *applog.Log, start record.LogSettings) error {
	stored, ok, err := l.Policy()
	if err != nil || ok && (stored.Chosen || stored.LogSettings.Equal(start)) {
		return err
	}
	if err := l.SetPolicy(ctx, ledger.Policy{LogPolicy: record.LogPolicy{LogSettings: start}}); err != nil {
		return fmt.Errorf("storing how long the application log keeps what: %w", err)
	}
	return nil
}

// View tells how long the application log keeps what, and what the last run did.
// start is what holds as long as nobody chose anything else.
func View(l *applog.Log, start record.LogSettings, now time.Time) (v record.SettingsView, err error) {
	stored, _, err := l.Policy()
	if err != nil {
		return v, err
	}
	if v.LogPolicy = stored.At(now); !stored.Chosen {
		v.LogPolicy = record.LogPolicy{LogSettings: start}
	}
	v.LastRun, err = l.LastRun()
	return v, err
}

// Preview tells what it would do to want other settings, and changes nothing. A
// setting that cannot be is a *record.ParamError.
func Preview(ctx context.Context, l *applog.Log, start, want record.LogSettings, now time.Time) (record.SettingsView, error) {
	v, err := View(l, start, now)
	if err != nil {
		return v, err
	}
	if err := want.Validate(); err != nil {
		return v, err
	}
	v.LogPolicy = v.Change(want, now)
	v.Effects, err = effects(ctx, l, v.LogPolicy)
	return v, err
}

// Change is [Preview], and does it.
func Change(ctx context.Context, l *applog.Log, start, want record.LogSettings, now time.Time) (record.SettingsView, error) {
	v, err := Preview(ctx, l, start, want, now)
	if err != nil {
		return v, err
	}
	return v, l.SetPolicy(ctx, ledger.Policy{LogPolicy: v.LogPolicy, Chosen: true})
}

// effects tells what will be deleted and anonymized because of what waits, and
// would not be without it.
func effects(ctx context.Context, l *applog.Log, p record.LogPolicy) (list []record.SettingsEffect, err error) {
	if p.Pending == nil {
		return nil, nil
	}
	now, next, at := p.LogSettings, p.Pending.LogSettings, p.Pending.Effective
	var counts [3]applog.Retained // as it is; deleted as it will be; anonymized so too
	before, after := applog.NewExpiry(now, at), applog.NewExpiry(next, at)
	for i, age := range []applog.Expiry{
		before,
		{DeleteBefore: after.DeleteBefore, AnonymizeBefore: before.AnonymizeBefore},
		after,
	} {
		age.DryRun = true
		if counts[i], err = l.Retain(ctx, age); err != nil {
			return nil, fmt.Errorf("counting what a change will do: %w", err)
		}
	}
	own := slices.Sorted(maps.Keys(now.RetentionDaysByCategory))
	own = append(own, slices.Sorted(maps.Keys(next.RetentionDaysByCategory))...)
	slices.Sort(own)
	own = slices.Compact(own)
	if next.RetentionDays < now.RetentionDays {
		e := record.SettingsEffect{Effect: record.EffectDelete, Before: applog.DaysBefore(at, next.RetentionDays), At: at}
		for category := range counts[1].Deleted {
			if !slices.Contains(own, category) {
				e.Entries += more(counts[1].Deleted[category], counts[0].Deleted[category])
			}
		}
		list = append(list, e)
	}
	for _, c := range own {
		if next.Retention(c) < now.Retention(c) {
			list = append(list, record.SettingsEffect{
				Effect: record.EffectDelete, Category: c, At: at, Before: after.DeleteBefore(c),
				Entries: more(counts[1].Deleted[c], counts[0].Deleted[c]),
			})
		}
	}
	for _, c := range slices.Sorted(maps.Keys(next.AnonymizeAfterDays)) {
		if days, on := now.AnonymizeAfterDays[c]; !on || next.AnonymizeAfterDays[c] < days {
			list = append(list, record.SettingsEffect{
				Effect: record.EffectAnonymize, Category: c, At: at, Before: after.AnonymizeBefore(c),
				Entries: more(counts[2].Anonymized[c], counts[1].Anonymized[c]),
			})
		}
	}
	return list, nil
}

// more is how many more after is than before, of two counts between which a run or
// an erasure may have come.
func more(after, before uint64) uint64 { return after - min(after, before) }
