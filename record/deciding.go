package record

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The widest prefixes that somebody may decide about.
const (
	WidestDecision4 = 16
	WidestDecision6 = 32
)

// How long a decision may hold that does not hold for ever, and how many
// characters its note may have.
const (
	ShortestDecision = time.Second
	LongestDecision  = 3650 * 24 * time.Hour
	MaxNote          = 1000
)

// Deciding is what somebody decides about a subject.
type Deciding struct {
	Subject  FlagSubject
	Decision DecisionKind
	// For is how long it holds; 0 leaves it to the decision: for ever, but a ban
	// or a throttle as long as a first ban.
	For  time.Duration
	Note string
	By   string
}

// ErrNotStoredYet says that a decision holds, but that a restart would forget it.
var ErrNotStoredYet = errors.New("the decision holds, but is not stored yet, and a restart would forget it; it is tried again")

// ParseFlagSubject reads an address or a prefix that somebody may decide about.
// An address of IPv6 stands for its /64, as it is counted. The error is a
// [*ParamError].
func ParseFlagSubject(s string) (FlagSubject, error) {
	p, err := ParsePrefix(s)
	if err != nil {
		return FlagSubject{}, &ParamError{"subject", s, "is no address (203.0.113.7) or prefix (203.0.113.0/24)"}
	}
	widest := WidestDecision4
	if p.Addr().Is6() {
		widest = WidestDecision6
		if !strings.Contains(s, "/") {
			p = netip.PrefixFrom(p.Addr(), 64).Masked()
		}
	}
	if p.Bits() < widest {
		return FlagSubject{}, &ParamError{"subject", s,
			fmt.Sprintf("is too wide; decide about a /%d of IPv4 or a /%d of IPv6 at most", WidestDecision4, WidestDecision6)}
	}
	return FlagSubject{AddressSubject, p.String()}, nil
}

// ParseDecisionTime reads how long a decision holds: 90s, 4h, 30d. The error is
// a [*ParamError].
func ParseDecisionTime(s string) (time.Duration, error) {
	d, err := parseAge(s)
	if err != nil || !decisionTime(d) {
		return 0, &ParamError{"for", s, "must be a time from 1s to 3650d, such as 4h or 30d"}
	}
	return d, nil
}

func decisionTime(d time.Duration) bool { return d >= ShortestDecision && d <= LongestDecision }

// onAddresses are the decisions that hold for a time, and only for addresses.
var onAddresses = []DecisionKind{DecideBan, DecideThrottle, DecideAllow}

// Check refuses what cannot be decided, and writes an address as its prefix. A note
// needs no decision. The error is a [*ParamError].
func (d *Deciding) Check() error {
	if noted := d.Decision == "" && strings.TrimSpace(d.Note) != ""; !noted && !slices.Contains(DecisionKinds, d.Decision) {
		return &ParamError{"decision", string(d.Decision), "must be one of " + joinWords(DecisionKinds)}
	}
	timed := slices.Contains(onAddresses, d.Decision)
	switch d.Subject.Kind {
	case AddressSubject:
		s, err := ParseFlagSubject(d.Subject.Value)
		if err != nil {
			return err
		}
		d.Subject = s
	case AccountSubject, InstanceSubject:
		named := d.Subject.Kind == AccountSubject
		switch {
		case named && (d.Subject.Value == "" || len(d.Subject.Value) > MaxText):
			return &ParamError{"subject", d.Subject.Value, fmt.Sprintf("must have 1 to %d bytes", MaxText)}
		case !named && d.Subject.Value != "":
			return &ParamError{"subject", d.Subject.Value, "must be empty: there is one instance"}
		}
		if timed {
			return &ParamError{"decision", string(d.Decision), "is for addresses; about an account or the instance decide clear, confirm or false_positive"}
		}
	default:
		return &ParamError{"subject.kind", string(d.Subject.Kind), "must be one of address, account, instance"}
	}
	switch {
	case d.For != 0 && !timed:
		return &ParamError{"for", d.For.String(), "is for " + joinWords(onAddresses) + "; leave it out"}
	case d.For != 0 && !decisionTime(d.For):
		return &ParamError{"for", d.For.String(), "must be a time from 1s to 3650d, such as 4h or 30d"}
	case utf8.RuneCountInString(d.Note) > MaxNote:
		return &ParamError{"note", d.Note, fmt.Sprintf("is longer than %d characters", MaxNote)}
	}
	return nil
}

func joinWords[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}
