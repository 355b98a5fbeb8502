package record

import (
	"slices"
	"time"
)

// SubjectKind says what a flag is about.
type SubjectKind string

// The kinds of subjects.
const (
	AddressSubject  SubjectKind = "address"
	AccountSubject  SubjectKind = "account"
	InstanceSubject SubjectKind = "instance"
)

// FlagSubject is what a flag is about: a prefix such as 203.0.113.7/32 or
// 2001:db8::/64, an account's name, or the instance.
type FlagSubject struct {
	Kind  SubjectKind `json:"kind"`
	Value string      `json:"value"`
}

// FlagState says what the gate does about a subject.
type FlagState string

// The states of a flag.
const (
	FlagObserved  FlagState = "observed"
	FlagThrottled FlagState = "throttled"
	FlagBanned    FlagState = "banned"
	FlagAllowed   FlagState = "allowed"
	FlagCleared   FlagState = "cleared"
)

// Review says what a person made of a flag.
type Review string

// The reviews of a flag.
const (
	ReviewNew           Review = "new"
	ReviewConfirmed     Review = "confirmed"
	ReviewFalsePositive Review = "false_positive"
)

// DecisionKind is what a person decides.
type DecisionKind string

// The decisions.
const (
	DecideBan           DecisionKind = "ban"
	DecideThrottle      DecisionKind = "throttle"
	DecideAllow         DecisionKind = "allow"
	DecideClear         DecisionKind = "clear"
	DecideConfirm       DecisionKind = "confirm"
	DecideFalsePositive DecisionKind = "false_positive"
)

// DecisionKinds are all of them.
var DecisionKinds = []DecisionKind{DecideBan, DecideThrottle, DecideAllow, DecideClear, DecideConfirm, DecideFalsePositive}

// Flag is a case in the review queue: who, why, what is done about it, and what
// people made of it. There is one for a subject.
type Flag struct {
	ID      string      `json:"id"`
	Subject FlagSubject `json:"subject"`
	State   FlagState   `json:"state"`
	Review  Review      `json:"review"`
	// Rules that overflowed, the first one first.
	Rules []FlagRule `json:"rules"`
	// Scope narrows a throttle: "agent" and "session" are single identities
	// behind the subject, "form" is the login form for all of it, "" is all.
	Scope string `json:"scope,omitempty"`
	// Since is when the state began, Until when it ends; a zero Until is never.
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"`
	// Changed is when anything about it last changed.
	Changed time.Time `json:"changed"`
	// Strikes counts the bans that lead to longer ones.
	Strikes int    `json:"strikes"`
	Country string `json:"country,omitempty"`
	ASN     uint32 `json:"asn,omitempty"`
	// Decisions are those of people, the first one first.
	Decisions []Decision `json:"decisions,omitempty"`
	Notes     []Note     `json:"notes,omitempty"`
	// LoginSeqs are the numbers of the login events that came from its address.
	LoginSeqs []uint64 `json:"login_seqs,omitempty"`
	// Evidence are requests that prove it.
	Evidence []Evidence `json:"evidence,omitempty"`
}

// FlagRule says of a rule how often, and when, it counted for a flag.
type FlagRule struct {
	Rule string `json:"rule"`
	// Count is how many requests made the rule overflow, of all overflows.
	Count int       `json:"count"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// Decision is what a person decided about a subject: who, when, why.
type Decision struct {
	Decision DecisionKind `json:"decision"`
	At       time.Time    `json:"at"`
	// Until is when it ends; zero is never.
	Until time.Time `json:"until,omitzero"`
	By    string    `json:"by"`
	Note  string    `json:"note,omitempty"`
}

// Note is what a person wrote about a flag.
type Note struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Text string    `json:"text"`
}

// The scopes of throttles that are not for all of a subject.
const (
	ScopeAgent   = "agent"
	ScopeSession = "session"
	ScopeForm    = "form"
)

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

// MaxDecisions is how many decisions, and how many notes, a flag keeps.
const MaxDecisions = 100

// AddDecision adds a decision. Where there are too many the first one goes, but never
// the one that goes on.
func (f *Flag) AddDecision(d Decision) {
	if len(f.Decisions) >= MaxDecisions {
		first := 0
		if f.lasting() == 0 {
			first = 1
		}
		f.Decisions = slices.Delete(f.Decisions, first, first+1)
	}
	f.Decisions = append(f.Decisions, d)
}

// AddNote adds a note; where there are too many the first one goes.
func (f *Flag) AddNote(n Note) { f.Notes = append(f.Notes[max(0, len(f.Notes)-MaxDecisions+1):], n) }

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

// RuleNames are the rules that overflowed, the first one first.
func (f *Flag) RuleNames() []string {
	names := make([]string, len(f.Rules))
	for i, r := range f.Rules {
		names[i] = r.Rule
	}
	return names
}

// FlagCase is a flag with all that one wants to know to decide on it.
type FlagCase struct {
	Flag
	// Logins are the login events, and no others, that came from its address.
	Logins []Event `json:"logins"`
}
