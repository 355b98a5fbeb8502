package flags

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

var (
	start = time.Date(2026, 11, 23, 7, 30, 0, 0, time.UTC)
	addr  = netip.MustParseAddr("198.51.100.66")
)

func subject(i int) record.FlagSubject {
	return record.FlagSubject{Kind: record.AddressSubject, Value: fmt.Sprintf("198.51.%d.%d/32", i>>8, i&255)}
}

func newRegistry() *Registry {
	r := new(Registry)
	r.Init()
	return r
}

func overflow(i int, evidence int) *Overflow {
	return &Overflow{
		Subject: subject(i), Rule: record.FlagRule{Rule: "rule", First: start, Last: start, Count: 1},
		Evidence: make([]record.Evidence, evidence),
	}
}

func TestID(t *testing.T) {
	if a, b := ID(subject(1)), ID(subject(2)); a == b || len(a) != 20 {
		t.Errorf("%s, %s", a, b)
	}
}

// A flag takes a bounded number of requests as evidence, also over several rounds.
func TestEvidenceIsBounded(t *testing.T) {
	r := newRegistry()
	total := 0
	for range 5 {
		r.Add(overflow(1, 8), start)
		for _, f := range r.Take() {
			total += len(f.Evidence)
		}
	}
	if total != maxEvidence {
		t.Errorf("%d requests of evidence", total)
	}
	if f, ok := r.Flag(subject(1)); !ok || f.Rules[0].Count != 5 || f.Evidence != nil {
		t.Errorf("%+v", f)
	}
	for i := range maxWaiting {
		r.Add(overflow(1000+i, 8), start)
	}
	total = 0
	for _, f := range r.Take() {
		total += len(f.Evidence)
	}
	if total > maxWaiting {
		t.Errorf("%d requests wait", total)
	}
}

// A full registry drops flags without strikes and decisions first.
func TestRegistryIsBounded(t *testing.T) {
	r := newRegistry()
	banned := overflow(0, 0)
	banned.Sanction = &Sanction{State: record.FlagBanned, Until: start.Add(time.Hour)}
	r.Add(banned, start)
	r.Decide(subject(1), record.Decision{Decision: record.DecideConfirm, At: start}, start)
	for i := range maxFlags + 10 {
		r.Add(overflow(2+i, 0), start.Add(time.Duration(i)))
	}
	if len(r.flags) > maxFlags || len(r.Take()) > maxFlags {
		t.Errorf("%d flags", len(r.flags))
	}
	if r.Strikes(subject(0)) != 1 || r.Review(subject(1)) == "" || r.Review(subject(2)) != "" {
		t.Error("not those of least worth were dropped")
	}
}

// A ban counts as a strike once, while it holds.
func TestStrikes(t *testing.T) {
	r := newRegistry()
	for _, after := range []time.Duration{0, time.Minute, 2 * time.Hour} {
		o := overflow(1, 0)
		o.Sanction = &Sanction{State: record.FlagBanned, Until: start.Add(after + time.Hour)}
		r.Add(o, start.Add(after))
	}
	if n := r.Strikes(subject(1)); n != 2 {
		t.Errorf("%d strikes", n)
	}
	r.Decide(subject(1), record.Decision{Decision: record.DecideFalsePositive, At: start}, start.Add(3*time.Hour))
	if n := r.Strikes(subject(1)); n != 0 {
		t.Errorf("%d strikes of a false positive", n)
	}
}

// Clearing a range clears the flags in it that no person decided on.
func TestClearWithin(t *testing.T) {
	r := newRegistry()
	for i := range 2 {
		o := overflow(i, 0)
		o.Sanction = &Sanction{State: record.FlagBanned, Until: start.Add(time.Hour)}
		r.Add(o, start)
	}
	r.Decide(subject(1), record.Decision{Decision: record.DecideBan, At: start}, start)
	r.Decide(record.FlagSubject{Kind: record.AddressSubject, Value: "198.51.0.0/16"}, record.Decision{Decision: record.DecideClear, At: start}, start)
	for i, want := range []record.FlagState{record.FlagCleared, record.FlagBanned} {
		if f, _ := r.Flag(subject(i)); f.State != want {
			t.Errorf("flag %d is %s, want %s", i, f.State, want)
		}
	}
}

func TestForgetStored(t *testing.T) {
	r := newRegistry()
	r.Add(overflow(1, 0), start)
	r.Take()
	r.Add(overflow(2, 0), start)
	r.ForgetStored(func(*record.Flag) bool { return true })
	if r.Review(subject(1)) != "" || r.Review(subject(2)) == "" {
		t.Error("not the stored one is forgotten")
	}
}

// Evidence are the last requests of the address that count for the rule, cut to
// their bounds.
func TestRecent(t *testing.T) {
	var recent Recent
	long := strings.Repeat("x", 2*maxText)
	suspect := func(key, rules uint64, path string) *Suspect {
		r := &record.Request{Method: "GET", Path: path, Query: "q", UserAgent: long, Host: "a.example", Status: 404}
		return &Suspect{Request: r, Key: key, Addr: addr, Rules: rules, At: start.UnixNano(), Worth: record.Worth{Intent: record.IntentSecret, Cost: 0.5}}
	}
	for i := range 2 * recentSize {
		recent.Add(suspect(uint64(i%2), 1<<(i%4), fmt.Sprint("/", i)))
	}
	got := recent.Evidence(suspect(1, 0, "/"), 1<<1)
	if len(got) != recentSize/4 || got[0].Path != "/33" || got[0].Query != "q" || len(got[0].UserAgent) != maxText || got[0].IP != addr || !got[0].Time.Equal(start) || got[0].Intent != record.IntentSecret || got[0].Cost != 0.5 {
		t.Errorf("%d requests, the first is %+v", len(got), got[0])
	}
	if got := recent.Evidence(suspect(9, 0, "/"+long), 1<<1); len(got) != 1 || len(got[0].Path) != maxText || got[0].Query != "" {
		t.Errorf("without any remembered: %+v", got)
	}
}
