package record_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

func TestParseFlagSubject(t *testing.T) {
	for s, want := range map[string]string{
		"203.0.113.7": "203.0.113.7/32", "203.0.113.7/24": "203.0.113.0/24", "198.51.0.0/16": "198.51.0.0/16", "::ffff:203.0.113.7": "203.0.113.7/32", "::ffff:203.0.113.7/120": "203.0.113.0/24",
		"2001:db8::7": "2001:db8::/64", "2001:db8::7/128": "2001:db8::7/128", "2001:db8::/32": "2001:db8::/32", "fe80::1%eth0": "fe80::/64",
	} {
		if got, err := record.ParseFlagSubject(s); err != nil || got.Value != want || got.Kind != record.AddressSubject {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for s, want := range map[string]string{
		"": "is no address", "203.0.113": "is no address", "203.0.113.7/33": "is no address", "203.0.113.7 ": "is no address", "localhost": "is no address", "fe80::1%eth0/64": "is no address",
		"203.0.0.0/15": "is too wide", "0.0.0.0/0": "is too wide", "::/0": "is too wide", "2001::/31": "is too wide", "::ffff:0.0.0.0/96": "is too wide",
	} {
		var param *record.ParamError
		if _, err := record.ParseFlagSubject(s); !errors.As(err, &param) || param.Param != "subject" || !strings.Contains(param.Reason.Error(), want) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// FuzzFlagSubject: what is read is a prefix that is not too wide, and is read the
// same again.
func FuzzFlagSubject(f *testing.F) {
	for _, s := range []string{"203.0.113.7", "203.0.113.7/16", "::ffff:1.2.3.4/112", "2001:db8::/32", "fe80::1%eth0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := record.ParseFlagSubject(s)
		if err != nil {
			return
		}
		p, err := netip.ParsePrefix(got.Value)
		if err != nil || p != p.Masked() || p.Addr().Is4() && p.Bits() < record.WidestDecision4 || p.Addr().Is6() && p.Bits() < record.WidestDecision6 {
			t.Fatalf("%q is read as %q", s, got.Value)
		}
		if again, err := record.ParseFlagSubject(got.Value); err != nil || again != got {
			t.Fatalf("%q is read as %v, %v", got.Value, again, err)
		}
	})
}

func TestDecidingCheck(t *testing.T) {
	ada := record.FlagSubject{Kind: record.AccountSubject, Value: "ada"}
	for _, kind := range record.DecisionKinds {
		timed := kind == record.DecideBan || kind == record.DecideThrottle || kind == record.DecideAllow
		d := record.DecisionRequest{Subject: record.FlagSubject{Kind: record.AddressSubject, Value: "203.0.113.7"}, Decision: kind, Note: strings.Repeat("ü", record.MaxNote)}
		if err := d.Check(); err != nil || d.Subject.Value != "203.0.113.7/32" {
			t.Errorf("%s: %v", kind, err)
		}
		d.For = record.LongestDecision
		if err := d.Check(); (err == nil) != timed {
			t.Errorf("%s for a time: %v", kind, err)
		}
		d = record.DecisionRequest{Subject: ada, Decision: kind}
		if err := d.Check(); (err == nil) == timed {
			t.Errorf("%s of an account: %v", kind, err)
		}
	}
	if d := (record.DecisionRequest{Subject: ada, Note: "a note alone"}); d.Check() != nil {
		t.Error(d.Check())
	}
	for _, d := range []record.DecisionRequest{
		{}, {Subject: ada}, {Subject: ada, Decision: "hang"}, {Decision: record.DecideClear}, {Subject: record.FlagSubject{Kind: record.AccountSubject}, Decision: record.DecideClear},
		{Subject: record.FlagSubject{Kind: record.AddressSubject, Value: "203.0.113.7"}, Decision: record.DecideBan, For: -1},
		{Subject: ada, Decision: record.DecideClear, Note: strings.Repeat("x", record.MaxNote+1)},
	} {
		var param *record.ParamError
		if err := d.Check(); !errors.As(err, &param) {
			t.Errorf("%+v: %v", d, err)
		}
	}
}

func TestDecisionRequestAt(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("CET", 3600))
	for _, c := range []struct {
		decision record.DecisionKind
		lasts    time.Duration
		want     time.Duration
	}{
		{record.DecideBan, 0, 15 * time.Minute},
		{record.DecideThrottle, 0, 15 * time.Minute},
		{record.DecideBan, time.Hour, time.Hour},
		{record.DecideAllow, 0, 0},
		{record.DecideAllow, time.Hour, time.Hour},
		{record.DecideConfirm, 0, 0},
	} {
		r := record.DecisionRequest{Decision: c.decision, For: c.lasts, Note: "a note", By: "sec"}
		want := record.Decision{Decision: c.decision, Note: "a note", By: "sec"}
		if c.want > 0 {
			want.Until = now.Add(c.want).UTC()
		}
		if got := r.At(now, 15*time.Minute); got != want {
			t.Errorf("%s for %s: %+v, want %+v", c.decision, c.lasts, got, want)
		}
	}
}
