package known

import (
	"math"
	"slices"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/bounded"
)

// Ratios compares failed logins with successful ones, by identity. Where many users
// log in, some mistype their passwords; who guesses fails more often than that.
type Ratios map[uint64]*ratio

// ratio are logins of the last minutes. Of an account in a row, each outcome counts
// once.
type ratio struct {
	succeeded, failed float64
	// forgiven are the failures of the last minutes that were taken back.
	forgiven float64
	at       int64
	recent   [2][8]uint32
	next     [2]uint8
}

const (
	maxRatios = 512
	// ratioHalf is after how long a login counts half.
	ratioHalf = float64(10 * time.Minute)
	// ordinaryFailures is the share of failures that mistyping explains.
	ordinaryFailures = 1.0 / 3
	// maxForgiven bounds the failures that are taken back, so that a new session for
	// each few guesses does not help.
	maxForgiven = 8
)

// Succeeded adds a login of an account.
func (r Ratios) Succeeded(key, account uint64, now int64) { r.at(key, now).count(0, account) }

// Failed adds a failed login of an account, and reports whether mistyping explains
// it: many more others succeed.
func (r Ratios) Failed(key, account uint64, now int64) (explained bool) {
	one := r.at(key, now)
	one.count(1, account)
	return one.failed <= one.succeeded*ordinaryFailures
}

// Explained reports whether mistyping explains one more failure of an identity.
func (r Ratios) Explained(key uint64, now int64) bool {
	one := r[key]
	if one == nil {
		return false
	}
	one = r.at(key, now)
	return one.failed+1 <= one.succeeded*ordinaryFailures
}

// Failures returns the failures of an identity in the last minutes.
func (r Ratios) Failures(key uint64, now int64) float64 {
	if r[key] == nil {
		return 0
	}
	return r.at(key, now).failed
}

// Forgive takes failures back: they were those of one client, which is held up for
// them alone.
func (r Ratios) Forgive(key uint64, failures float64, now int64) {
	one := r.at(key, now)
	failures = min(failures, one.failed, maxForgiven-one.forgiven)
	one.failed, one.forgiven = one.failed-failures, one.forgiven+failures
}

func (r Ratios) at(key uint64, now int64) *ratio {
	one := r[key]
	if one == nil {
		bounded.MakeRoom(r, maxRatios, func(r *ratio) int64 { return r.at })
		one = &ratio{at: now}
		r[key] = one
	}
	if now > one.at {
		decay := math.Exp2(-float64(now-one.at) / ratioHalf)
		one.succeeded, one.failed, one.forgiven, one.at = one.succeeded*decay, one.failed*decay, one.forgiven*decay, now
	}
	return one
}

func (r *ratio) count(outcome int, account uint64) {
	recent := &r.recent[outcome]
	if slices.Contains(recent[:], uint32(account)) {
		if outcome == 0 {
			return // to log in again and again explains nothing
		}
	} else {
		recent[r.next[outcome]] = uint32(account)
		r.next[outcome] = (r.next[outcome] + 1) % uint8(len(recent))
	}
	if outcome == 0 {
		r.succeeded++
	} else {
		r.failed++
	}
}
