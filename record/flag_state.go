package record

import "time"

// At returns the flag as it is at now. A ban, throttle or allow that has run out has
// the state [FlagExpired]; what is stored keeps the state that it was.
func (f Flag) At(now time.Time) Flag {
	f.Settle(now)
	f.InForce, f.Expired = f.Holds(now), ""
	switch f.State {
	case FlagThrottled, FlagBanned, FlagAllowed:
		if !f.InForce {
			f.State, f.Expired = FlagExpired, f.State
		}
	}
	return f
}

// Holds reports whether what the gate does about the subject goes on at now.
func (f *Flag) Holds(now time.Time) bool {
	switch f.State {
	case FlagThrottled, FlagBanned, FlagAllowed:
		return f.Until.IsZero() || now.Before(f.Until)
	}
	return false
}

// Closed reports whether the case is closed: it was cleared, or somebody has
// looked at it and nothing about it goes on.
func (f *Flag) Closed(now time.Time) bool {
	return f.State == FlagCleared || f.Review != ReviewNew && !f.Holds(now)
}

// Settle takes what a person decided for the state, where a stricter one that the
// gate chose is over.
func (f *Flag) Settle(now time.Time) {
	if f.Holds(now) || f.State != FlagThrottled && f.State != FlagBanned {
		return
	}
	if d, ok := f.Lasting(now); ok {
		f.State, f.Scope, f.Since, f.Until = d.Decision.State(), "", d.At, d.Until
	}
}

// Lasting is what a person decided that goes on at now: the last ban, throttle or
// allow that nobody took back.
func (f *Flag) Lasting(now time.Time) (d Decision, ok bool) {
	i := f.lasting()
	if i < 0 {
		return d, false
	}
	d = f.Decisions[i]
	return d, d.Until.IsZero() || now.Before(d.Until)
}

// lasting is the place of the decision that says what is done, -1 for none.
func (f *Flag) lasting() int {
	for i := len(f.Decisions) - 1; i >= 0; i-- {
		switch f.Decisions[i].Decision {
		case DecideBan, DecideThrottle, DecideAllow:
			return i
		case DecideClear, DecideFalsePositive:
			return -1
		}
	}
	return -1
}

// State is what a decision makes of a flag, "" where it changes none.
func (d DecisionKind) State() FlagState {
	switch d {
	case DecideBan:
		return FlagBanned
	case DecideThrottle:
		return FlagThrottled
	case DecideAllow:
		return FlagAllowed
	case DecideClear, DecideFalsePositive:
		return FlagCleared
	}
	return ""
}
