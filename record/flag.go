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
	// FlagExpired is that of a ban, throttle or allow that has run out: [Flag.At].
	FlagExpired FlagState = "expired"
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
	// InForce reports whether a ban, throttle or allow goes on, and Expired is the
	// one that does not, where State says that it has expired. Both are only set by
	// [Flag.At].
	InForce bool      `json:"in_force"`
	Expired FlagState `json:"expired,omitempty"`
	Review  Review    `json:"review"`
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
	// Sanctions are those that the gate imposed by itself, the first one first.
	Sanctions []Sanction `json:"sanctions,omitempty"`
	// Incidents are those of the instance, the first one first.
	Incidents []Incident `json:"incidents,omitempty"`
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
