package sanction

import (
	"sync"
	"time"
)

const (
	// FirstBan is how long a first ban, and every throttle, lasts by default.
	FirstBan = 15 * time.Minute
	// LongestBan is the longest ban that the gate imposes by itself.
	LongestBan = 7 * 24 * time.Hour
)

// laterBans are how long the bans after the first one last.
var laterBans = []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour, LongestBan}

// BanDuration returns how long a ban lasts, from the duration of a first ban and
// the number of bans before.
func BanDuration(first time.Duration, before int) time.Duration {
	if before == 0 {
		return first
	}
	return max(first, laterBans[min(before, len(laterBans))-1])
}

// Budget limits the bans a minute, and so the damage of a false rule or of forged
// requests. It may be used concurrently.
type Budget struct {
	mu     sync.Mutex
	minute int64
	bans   int
}

// Spend reports whether there may be one more ban, and whether this is the first
// one of the minute that may not.
func (b *Budget) Spend(perMinute int, now time.Time) (ok, exhausted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m := now.Unix() / 60; m != b.minute {
		b.minute, b.bans = m, 0
	}
	b.bans++
	return b.bans <= perMinute, b.bans == perMinute+1
}
