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

// DecisionRequest is a decision about a subject that somebody asks for.
type DecisionRequest struct {
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
// An address of IPv6 stands for its /64, as it is counted, and one that stands for an
// IPv4 address for that; see [CountedAddr]. The error is a [*ParamError].
func ParseFlagSubject(s string) (FlagSubject, error) {
	p, err := ParsePrefix(s)
	if err != nil {
		return FlagSubject{}, Invalid("subject", s, NotAddress)
	}
	p = CountedPrefix(p)
	widest := WidestDecision4
	if p.Addr().Is6() {
		widest = WidestDecision6
		if !strings.Contains(s, "/") {
			p = netip.PrefixFrom(p.Addr(), 64).Masked()
		}
	}
	if p.Bits() < widest {
		return FlagSubject{}, Invalid("subject", s, TooWide, fmt.Sprint(WidestDecision4), fmt.Sprint(WidestDecision6))
	}
	return FlagSubject{AddressSubject, p.String()}, nil
}

// ValidDecisionTime reports whether a decision may hold for d.
func ValidDecisionTime(d time.Duration) bool { return d >= ShortestDecision && d <= LongestDecision }

// onAddresses are the decisions that hold for a time, and only for addresses.
var onAddresses = []DecisionKind{DecideBan, DecideThrottle, DecideAllow}

// Check refuses what cannot be decided, and writes an address as its prefix. A note
// needs no decision. The error is a [*ParamError].
func (d *DecisionRequest) Check() error {
	if noted := d.Decision == "" && strings.TrimSpace(d.Note) != ""; !noted && !slices.Contains(DecisionKinds, d.Decision) {
		return Invalid("decision", string(d.Decision), NotOneOf, joinWords(DecisionKinds))
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
			return Invalid("subject", d.Subject.Value, AccountLength, fmt.Sprint(MaxText))
		case !named && d.Subject.Value != "":
			return Invalid("subject", d.Subject.Value, InstanceNamed)
		}
		if timed {
			return Invalid("decision", string(d.Decision), ForAddresses)
		}
	default:
		return Invalid("subject.kind", string(d.Subject.Kind), NotOneOf, "address, account, instance")
	}
	switch {
	case d.For != 0 && !timed:
		return Invalid("for", d.For.String(), ForOthers, joinWords(onAddresses))
	case d.For != 0 && !ValidDecisionTime(d.For):
		return Invalid("for", d.For.String(), NotDecisionTime)
	case utf8.RuneCountInString(d.Note) > MaxNote:
		return Invalid("note", d.Note, TooManyLetters, fmt.Sprint(MaxNote))
	}
	return nil
}

// At returns the decision as it is made at now. ban is how long a ban or a throttle
// holds if For is 0.
func (d *DecisionRequest) At(now time.Time, ban time.Duration) Decision {
	made := Decision{Decision: d.Decision, By: d.By, Note: d.Note}
	held := d.For
	if held == 0 && (d.Decision == DecideBan || d.Decision == DecideThrottle) {
		held = ban
	}
	if held > 0 {
		made.Until = now.Add(held).UTC()
	}
	return made
}

func joinWords[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}
