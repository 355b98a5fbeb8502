package applog

import (
	"time"

	"github.com/gatebook/gatebook/record"
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
