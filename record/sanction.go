package record

import "time"

// Sanction is a ban or a throttle that the gate imposed by itself.
type Sanction struct {
	// State is [FlagBanned] or [FlagThrottled].
	State FlagState `json:"state"`
	// Scope narrows it as that of a [Flag] does.
	Scope string    `json:"scope,omitempty"`
	Rule  string    `json:"rule"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
	// Strike is the number of this ban, which makes later ones longer; 0 for a
	// throttle, and for a ban that only made another one longer.
	Strike int `json:"strike,omitempty"`
}

// MaxSanctions is how many sanctions of the gate a flag keeps.
const MaxSanctions = 50

// AddSanction adds a sanction; where there are too many the first one goes.
func (f *Flag) AddSanction(s Sanction) {
	f.Sanctions = append(f.Sanctions[max(0, len(f.Sanctions)-MaxSanctions+1):], s)
}
