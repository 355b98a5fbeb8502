package applog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// FlagExpiry says which flags have expired.
type FlagExpiry struct {
	// DeleteBefore is the time before which flags that nothing happened to
	// since go, unless what somebody decided still holds.
	DeleteBefore time.Time
	// ShortenBefore is the time before which addresses in the evidence of cases
	// that are closed keep /24 and /48 only.
	ShortenBefore time.Time
}

// FlagsRetained is how many flags were deleted, and of how many the evidence was
// shortened.
type FlagsRetained struct {
	Deleted   int `json:"deleted"`
	Shortened int `json:"shortened"`
}

// RetainFlags deletes expired flags and those beyond the limit, and shortens
// addresses in expired evidence, or only counts them. The next [Log.Retain] frees
// the disk space.
func (a *Log) RetainFlags(ctx context.Context, age FlagExpiry, dryRun bool) (done FlagsRetained, err error) {
	var all []record.Flag
	var shorten []string
	now := a.o.Now()
	err = a.EachFlag(ctx, func(f *record.Flag) error {
		all = append(all, record.Flag{ID: f.ID, Changed: f.Changed, Strikes: f.Strikes, State: f.State, Until: f.Until, Decisions: f.Decisions})
		if f.Closed(now) && f.Changed.Before(age.ShortenBefore) {
			shorten = append(shorten, f.ID)
		}
		return nil
	})
	if err != nil {
		return done, err
	}
	slices.SortFunc(all, func(a, b record.Flag) int {
		return cmp.Or(cmp.Compare(worth(&b, now), worth(&a, now)), flagOrder(&a, &b))
	})
	var drop []string
	for i := range all {
		if f := &all[i]; i >= maxFlags || f.Changed.Before(age.DeleteBefore) && !f.Holds(now) {
			drop = append(drop, f.ID)
		}
	}
	if !dryRun {
		if err := a.dropFlags(ctx, drop); err != nil {
			return done, err
		}
	}
	done.Deleted = len(drop)
	shorten = slices.DeleteFunc(shorten, func(id string) bool { return slices.Contains(drop, id) })
	done.Shortened, err = a.shortenEvidence(ctx, shorten, dryRun)
	return done, err
}

// worth ranks flags: where there are too many, those with the greatest stay.
func worth(f *record.Flag, now time.Time) int {
	_, lasts := f.Lasting(now)
	switch {
	case lasts:
		return 3
	case f.Holds(now):
		return 2
	case len(f.Decisions) > 0 || f.Strikes > 0:
		return 1
	}
	return 0
}

// DropFlags deletes the flags that which names, with their evidence.
func (a *Log) DropFlags(ctx context.Context, which func(*record.Flag) bool) error {
	var drop []string
	err := a.EachFlag(ctx, func(f *record.Flag) error {
		if which(f) {
			drop = append(drop, f.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return a.dropFlags(ctx, drop)
}

func (a *Log) dropFlags(ctx context.Context, ids []string) error {
	for part := range slices.Chunk(ids, 500) {
		err := a.change(ctx, func(c *rewrite) error {
			a.removals++
			keys := [][]byte{}
			for _, id := range part {
				keys = append(keys, codec.FlagKey(codec.KeyFlag, id), codec.FlagKey(codec.KeyEvidence, id))
			}
			return errors.Join(c.delete(keys), c.txn.Set(codec.SettingKey(settingCompaction), nil))
		})
		if err != nil {
			return fmt.Errorf("deleting flags: %w", err)
		}
	}
	return nil
}

// shortenEvidence shortens the addresses of the requests that prove these flags, or
// only says of how many that would be.
func (a *Log) shortenEvidence(ctx context.Context, ids []string, dryRun bool) (n int, err error) {
	for part := range slices.Chunk(ids, 32) {
		shortened := 0
		err := a.change(ctx, func(c *rewrite) error {
			a.removals++
			shortened = 0
			for _, id := range part {
				list, err := readEvidence(c.txn, id)
				if err != nil {
					return err
				}
				if !shortAddresses(list) {
					continue
				}
				if shortened++; dryRun {
					continue
				}
				if err := errors.Join(codec.SetJSON(c.txn, codec.FlagKey(codec.KeyEvidence, id), list), c.txn.Set(codec.SettingKey(settingCompaction), nil)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, fmt.Errorf("shortening addresses of evidence: %w", err)
		}
		n += shortened
	}
	return n, nil
}

// shortAddresses reports whether any was not short.
func shortAddresses(list []record.Evidence) (changed bool) {
	for i := range list {
		if short := shortAddress(list[i].IP); short != list[i].IP {
			list[i].IP, changed = short, true
		}
	}
	return changed
}

// shortAddress keeps /24 of IPv4 and /48 of IPv6, as [block.Shorten] does.
func shortAddress(ip netip.Addr) netip.Addr {
	if !ip.IsValid() {
		return ip
	}
	short, _ := netip.AddrFromSlice(block.Shorten(ip.AsSlice()))
	return short
}
