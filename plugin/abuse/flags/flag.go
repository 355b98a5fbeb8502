// Package flags holds the flags of addresses, accounts and the instance: which
// rules they broke, what the gate and people decided, and the requests that prove
// it.
package flags

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// ID returns the id of a subject's flag.
func ID(s record.FlagSubject) string {
	sum := sha256.Sum256([]byte(string(s.Kind) + "\x00" + s.Value))
	return hex.EncodeToString(sum[:10])
}

// flag is a flag in memory.
type flag struct {
	record.Flag
	// unmerged means that the flag was not compared with the store yet.
	unmerged bool
	// changed means that the flag waits to be stored.
	changed bool
	// proofs is the number of requests that were ever added as evidence.
	proofs int
	last   time.Time
	// seen are the refusals that its incidents have counted.
	seen refusals
}

// Overflow is a rule that a subject broke.
type Overflow struct {
	Subject record.FlagSubject
	Rule    record.FlagRule
	// Evidence are the requests that prove it.
	Evidence []record.Evidence
	// Sanction is how the gate answers it, nil if it does not.
	Sanction *Sanction
}

// Sanction is a ban or a throttle of the gate.
type Sanction struct {
	// State is [record.FlagBanned] or [record.FlagThrottled].
	State record.FlagState
	Scope string
	Until time.Time
}

// addRule adds an overflow.
func (f *flag) addRule(o *record.FlagRule) {
	i := slices.IndexFunc(f.Rules, func(r record.FlagRule) bool { return r.Rule == o.Rule })
	if i < 0 {
		f.Rules = append(f.Rules, record.FlagRule{Rule: o.Rule, First: o.First})
		i = len(f.Rules) - 1
	}
	f.Rules[i].Count += o.Count
	f.Rules[i].Last = o.Last
}

// sanction applies a sanction of the gate because of a rule.
func (f *flag) sanction(s *Sanction, rule string, now time.Time) {
	one := record.Sanction{State: s.State, Scope: s.Scope, Rule: rule, At: now.UTC(), Until: s.Until}
	if s.State == record.FlagBanned && (f.State != record.FlagBanned || !f.Holds(now)) {
		f.Strikes++
		one.Strike = f.Strikes
	}
	if f.Review == record.ReviewFalsePositive {
		f.Review = record.ReviewNew // what was reviewed is not what happens now
	}
	if f.setState(&record.Flag{State: s.State, Scope: s.Scope, Since: now.UTC(), Until: s.Until}, now) {
		f.AddSanction(one)
	}
}

// setState sets another state, unless the present one is stricter, or as strict
// and longer. It reports whether it did.
func (f *flag) setState(next *record.Flag, now time.Time) bool {
	had, has := strictness(&f.Flag, now), strictness(next, now)
	longer := !f.Until.IsZero() && (next.Until.IsZero() || next.Until.After(f.Until))
	if has > had || has == had && has > 0 && longer {
		f.State, f.Scope, f.Since, f.Until = next.State, next.Scope, next.Since, next.Until
		return true
	}
	return false
}

// strictness orders the states that hold at now. A person's allow is the highest.
func strictness(f *record.Flag, now time.Time) int {
	switch {
	case !f.Holds(now):
		return 0
	case f.State == record.FlagAllowed:
		return 4
	case f.State == record.FlagBanned:
		return 3
	case f.Scope == "":
		return 2
	}
	return 1
}

// decide applies a person's decision.
func (f *flag) decide(d record.Decision) {
	if d.Decision != "" {
		f.AddDecision(d)
	}
	if d.Note != "" {
		f.AddNote(record.Note{At: d.At, By: d.By, Text: d.Note})
	}
	switch d.Decision {
	case record.DecideConfirm, record.DecideBan, record.DecideThrottle:
		f.Review = record.ReviewConfirmed
	case record.DecideFalsePositive:
		f.Review, f.Strikes = record.ReviewFalsePositive, 0
	}
	if state := d.Decision.State(); state != "" {
		f.State, f.Scope, f.Since, f.Until = state, "", d.At, d.Until
	}
	if d.Decision.State() == record.FlagCleared {
		f.endIncidents(d.At)
	}
}

// merge adds what is stored to an unmerged flag.
func (f *flag) merge(stored *record.Flag, now time.Time) {
	newer := f.Flag
	f.Flag, f.unmerged = *stored, false
	f.Flag = f.copy()
	f.Evidence = newer.Evidence
	f.proofs = min(f.proofs+len(stored.Evidence), maxEvidence)
	for _, r := range stored.Rules {
		if r.Last.After(f.last) {
			f.last = r.Last
		}
	}
	for i := range newer.Rules {
		f.addRule(&newer.Rules[i])
	}
	for _, s := range newer.Sanctions {
		f.AddSanction(s)
	}
	for i := range newer.Incidents {
		f.joinIncident(&newer.Incidents[i])
	}
	for _, d := range newer.Decisions {
		f.AddDecision(d)
	}
	for _, n := range newer.Notes {
		f.AddNote(n)
	}
	f.Strikes += newer.Strikes
	if newer.Review != record.ReviewNew {
		f.Review = newer.Review
	}
	f.setState(&newer, now)
}

func (f *flag) copy() record.Flag {
	c := f.Flag
	c.Rules, c.Decisions, c.Notes = slices.Clone(f.Rules), slices.Clone(f.Decisions), slices.Clone(f.Notes)
	c.Sanctions, c.Incidents = slices.Clone(f.Sanctions), slices.Clone(f.Incidents)
	return c
}

// worth orders flags by how much is lost when they are dropped.
func (f *flag) worth() int {
	switch {
	case f.hasOpenIncident():
		return 3 // which would never end
	case len(f.Decisions) > 0:
		return 2
	case f.Strikes > 0:
		return 1
	}
	return 0
}
