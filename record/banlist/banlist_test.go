package banlist_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
)

var now = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)

// flag is one of an address, in force for a time; 0 is for ever.
func flag(prefix string, state record.FlagState, left time.Duration, rules ...string) record.Flag {
	f := record.Flag{Subject: record.FlagSubject{Kind: record.AddressSubject, Value: prefix}, State: state}
	if left != 0 {
		f.Until = now.Add(left)
	}
	for _, r := range rules {
		f.Rules = append(f.Rules, record.FlagRule{Rule: r})
	}
	return f
}

func TestOf(t *testing.T) {
	scoped := flag("192.0.2.9/32", record.FlagBanned, 0)
	scoped.Scope = "agent"
	account := flag("192.0.2.10/32", record.FlagBanned, 0)
	account.Subject.Kind = record.AccountSubject
	for name, test := range map[string]struct {
		flags []record.Flag
		want  string
	}{
		"nothing":         {nil, "[]"},
		"other states":    {[]record.Flag{flag("192.0.2.1/32", record.FlagThrottled, 0), flag("192.0.2.2/32", record.FlagObserved, 0), flag("192.0.2.3/32", record.FlagCleared, 0)}, "[]"},
		"over":            {[]record.Flag{flag("192.0.2.1/32", record.FlagBanned, -time.Second), flag("192.0.2.2/32", record.FlagBanned, time.Nanosecond)}, "[{192.0.2.2/32 1ns []}]"},
		"one of many":     {[]record.Flag{scoped, account}, "[]"},
		"neighbours":      {[]record.Flag{flag("192.0.2.1/32", record.FlagBanned, time.Hour, "b", "a"), flag("192.0.2.0/32", record.FlagBanned, time.Hour, "a", "c")}, "[{192.0.2.0/31 1h0m0s [a b c]}]"},
		"not neighbours":  {[]record.Flag{flag("192.0.2.1/32", record.FlagBanned, 0), flag("192.0.2.2/32", record.FlagBanned, 0)}, "[{192.0.2.1/32 0s []} {192.0.2.2/32 0s []}]"},
		"different ends":  {[]record.Flag{flag("192.0.2.0/32", record.FlagBanned, 0), flag("192.0.2.1/32", record.FlagBanned, time.Hour)}, "[{192.0.2.0/32 0s []} {192.0.2.1/32 1h0m0s []}]"},
		"shorter within":  {[]record.Flag{flag("192.0.2.0/24", record.FlagBanned, 0, "a"), flag("192.0.2.1/32", record.FlagBanned, time.Hour, "b")}, "[{192.0.2.0/24 0s [a b]}]"},
		"allowed within":  {[]record.Flag{flag("192.0.2.0/30", record.FlagBanned, 0), flag("192.0.2.1/32", record.FlagAllowed, 0)}, "[{192.0.2.0/32 0s []} {192.0.2.2/31 0s []}]"},
		"allowed around":  {[]record.Flag{flag("192.0.2.1/32", record.FlagBanned, 0), flag("192.0.2.0/24", record.FlagAllowed, time.Hour)}, "[]"},
		"allowed earlier": {[]record.Flag{flag("192.0.2.1/32", record.FlagBanned, 0), flag("192.0.2.0/24", record.FlagAllowed, -time.Hour)}, "[{192.0.2.1/32 0s []}]"},
		"both families":   {[]record.Flag{flag("2001:db8:0:1::/64", record.FlagBanned, 0), flag("2001:db8::/64", record.FlagBanned, 0), flag("203.0.113.7/32", record.FlagBanned, 0)}, "[{203.0.113.7/32 0s []} {2001:db8::/63 0s []}]"},
	} {
		t.Run(name, func(t *testing.T) {
			type line struct {
				Prefix netip.Prefix
				Left   time.Duration
				Rules  []string
			}
			got := []line{}
			for _, b := range banlist.Of(test.flags, now) {
				l := line{Prefix: b.Prefix, Rules: b.Rules}
				if !b.Until.IsZero() {
					l.Left = b.Until.Sub(now)
				}
				got = append(got, l)
			}
			if s := fmt.Sprint(got); s != test.want {
				t.Errorf("got  %s\nwant %s", s, test.want)
			}
		})
	}
}

// TestCover: every address of a small network is banned exactly if a flag bans it
// and none allows it, and as long as the longest says; no list can be written
// with fewer prefixes.
func TestCover(t *testing.T) {
	base := map[string][]byte{"192.0.2.0": {192, 0, 2, 0}, "2001:db8::ff00": netip.MustParseAddr("2001:db8::ff00").AsSlice()}
	rapid.Check(t, func(t *rapid.T) {
		bytes := slices.Clone(base[rapid.SampledFrom([]string{"192.0.2.0", "2001:db8::ff00"}).Draw(t, "network")])
		at := func(last int) netip.Addr {
			bytes[len(bytes)-1] = byte(last)
			addr, _ := netip.AddrFromSlice(bytes)
			return addr
		}
		var flags []record.Flag
		var all []netip.Prefix
		for range rapid.IntRange(0, 30).Draw(t, "flags") {
			p, _ := at(rapid.IntRange(0, 255).Draw(t, "address")).Prefix(len(bytes)*8 - rapid.IntRange(0, 8).Draw(t, "free bits"))
			if slices.Contains(all, p) {
				continue // a subject has one flag
			}
			all = append(all, p)
			state := rapid.SampledFrom([]record.FlagState{record.FlagBanned, record.FlagBanned, record.FlagBanned, record.FlagAllowed, record.FlagThrottled}).Draw(t, "state")
			flags = append(flags, flag(p.String(), state, rapid.SampledFrom([]time.Duration{0, -1, 1, time.Hour}).Draw(t, "left")))
		}
		bans := banlist.Of(flags, now)
		plain := banlist.Prefixes(bans)
		for last := range 256 {
			addr := at(last)
			banned, until := expected(flags, addr)
			var found []banlist.Ban
			for _, b := range bans {
				if b.Prefix.Contains(addr) {
					found = append(found, b)
				}
			}
			switch {
			case len(found) > 1 || len(found) == 1 != banned:
				t.Fatalf("%s: banned %t, found %v", addr, banned, found)
			case banned && !found[0].Until.Equal(until):
				t.Fatalf("%s until %s, want %s", addr, found[0].Until, until)
			case slices.ContainsFunc(plain, func(p netip.Prefix) bool { return p.Contains(addr) }) != banned:
				t.Fatalf("%s: plain prefixes say otherwise: %v", addr, plain)
			}
		}
		for i := 1; i < len(plain); i++ {
			a, b := plain[i-1], plain[i]
			if !a.Addr().Less(b.Addr()) || a.Overlaps(b) {
				t.Fatalf("%s and %s are not in order", a, b)
			}
			if whole, _ := a.Addr().Prefix(a.Bits() - 1); a.Bits() == b.Bits() && whole.Contains(b.Addr()) {
				t.Fatalf("%s and %s are one prefix", a, b)
			}
		}
	})
}

func expected(flags []record.Flag, addr netip.Addr) (banned bool, until time.Time) {
	for _, f := range flags {
		if !netip.MustParsePrefix(f.Subject.Value).Contains(addr) || !f.Until.IsZero() && !now.Before(f.Until) {
			continue
		}
		switch f.State {
		case record.FlagAllowed:
			return false, time.Time{}
		case record.FlagBanned:
			if !banned || f.Until.IsZero() || !until.IsZero() && f.Until.After(until) {
				until = f.Until
			}
			banned = true
		}
	}
	return banned, until
}

// TestFlagsStay: what is read is not changed.
func TestFlagsStay(t *testing.T) {
	flags := []record.Flag{flag("192.0.2.1/32", record.FlagBanned, time.Hour, "b", "a"), flag("192.0.2.0/32", record.FlagBanned, time.Hour, "c")}
	before := []record.Flag{flag("192.0.2.1/32", record.FlagBanned, time.Hour, "b", "a"), flag("192.0.2.0/32", record.FlagBanned, time.Hour, "c")}
	bans := banlist.Of(flags, now)
	banlist.Prefixes(bans)
	if !reflect.DeepEqual(flags, before) || bans[0].Until.IsZero() {
		t.Errorf("%v, %v", flags, bans)
	}
}
