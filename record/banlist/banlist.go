// Package banlist makes of flags what a firewall or another server can use: the
// prefixes that are banned now, without those that are allowed.
//
// It has a folder of its own since both the console and the commands need it,
// and record, which both know, has no business with other programs' languages.
package banlist

import (
	"net/netip"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Ban is a prefix all of whose addresses are banned.
type Ban struct {
	Prefix netip.Prefix `json:"prefix"`
	// Until is when it ends; a zero Until is never.
	Until time.Time `json:"until,omitzero"`
	// Rules are those that the flags of these addresses have, sorted.
	Rules []string `json:"rules"`
}

// Of is what flags ban at a time. No two bans overlap, and they are sorted, IPv4
// first. Where several flags ban an address, the ban lasts as long as the
// longest; what any flag allows is not in it, nor what the configuration spares.
// Neighbours with the same end are one ban where they make a whole prefix.
func Of(flags []record.Flag, now time.Time, spared ...netip.Prefix) []Ban {
	var bans []Ban
	allowed := slices.Clone(spared)
	for i := range flags {
		f := &flags[i]
		p, ok := holds(f, now)
		switch {
		case ok && f.State == record.FlagAllowed:
			allowed = append(allowed, p)
		case ok && f.State == record.FlagBanned:
			bans = append(bans, Ban{p, f.Until, f.RuleNames()})
		}
	}
	return disjoint(bans, allowed)
}

// holds is the prefix that a flag is about, if its state holds for all of it.
func holds(f *record.Flag, now time.Time) (netip.Prefix, bool) {
	if f.Subject.Kind != record.AddressSubject || f.Scope != "" || !f.Until.IsZero() && !now.Before(f.Until) {
		return netip.Prefix{}, false
	}
	p, err := record.ParsePrefix(f.Subject.Value)
	return p, err == nil
}

// Prefixes are those of bans, in fewer where their ends do not matter.
func Prefixes(bans []Ban) []netip.Prefix {
	endless := slices.Clone(bans)
	for i := range endless {
		endless[i].Until = time.Time{}
	}
	endless = disjoint(endless, nil)
	list := make([]netip.Prefix, len(endless))
	for i, b := range endless {
		list[i] = b.Prefix
	}
	return list
}

// disjoint halves the address space until a half is banned, or allowed, as a
// whole. Sets of prefixes in libraries know no ends, and to build one for each
// end would take the square of the number of bans.
func disjoint(bans []Ban, allowed []netip.Prefix) []Ban {
	list := []Ban{}
	for _, all := range []string{"0.0.0.0/0", "::/0"} {
		root := netip.MustParsePrefix(all)
		s := space{root, bansIn(root, bans), prefixesIn(root, allowed)}
		list = s.cover(list, nil)
	}
	return list
}

// space is a prefix, with what is banned and allowed of it: of both, no more
// than all of it.
type space struct {
	prefix  netip.Prefix
	bans    []Ban
	allowed []netip.Prefix
}

// cover adds to list what is banned in s. around bans all of it, if it is not
// nil.
func (s space) cover(list []Ban, around *Ban) []Ban {
	if slices.Contains(s.allowed, s.prefix) {
		return list
	}
	var inside []Ban
	for i := range s.bans {
		if s.bans[i].Prefix == s.prefix {
			around = both(around, &s.bans[i], s.prefix)
		} else {
			inside = append(inside, s.bans[i])
		}
	}
	if len(inside) == 0 && around == nil {
		return list
	}
	if len(inside) == 0 && len(s.allowed) == 0 {
		return append(list, *both(around, nil, s.prefix))
	}
	low, high := halves(s.prefix)
	for _, half := range []netip.Prefix{low, high} {
		list = space{half, bansIn(half, inside), prefixesIn(half, s.allowed)}.cover(list, around)
	}
	if n := len(list); n > 1 && list[n-2].Prefix == low && list[n-1].Prefix == high && list[n-2].Until.Equal(list[n-1].Until) {
		list = append(list[:n-2], *both(&list[n-2], &list[n-1], s.prefix))
	}
	return list
}

// both is a ban of p as long as the longer of two, of which the second may be
// nil, or the first.
func both(a, b *Ban, p netip.Prefix) *Ban {
	one := &Ban{Prefix: p, Rules: []string{}}
	for i, other := range []*Ban{a, b} {
		if other == nil {
			continue
		}
		if i == 0 || a == nil || !one.Until.IsZero() && (other.Until.IsZero() || other.Until.After(one.Until)) {
			one.Until = other.Until
		}
		one.Rules = append(one.Rules, other.Rules...)
	}
	slices.Sort(one.Rules)
	one.Rules = slices.Compact(one.Rules)
	return one
}

func bansIn(p netip.Prefix, bans []Ban) (list []Ban) {
	for _, b := range bans {
		if within(b.Prefix, p) {
			list = append(list, b)
		}
	}
	return list
}

func prefixesIn(p netip.Prefix, prefixes []netip.Prefix) (list []netip.Prefix) {
	for _, q := range prefixes {
		if within(q, p) {
			list = append(list, q)
		}
	}
	return list
}

// within reports whether p has no address that is not in q.
func within(p, q netip.Prefix) bool { return p.Bits() >= q.Bits() && q.Contains(p.Addr()) }

func halves(p netip.Prefix) (low, high netip.Prefix) {
	bits := p.Bits()
	addr := p.Addr().AsSlice()
	addr[bits/8] |= 0x80 >> (bits % 8)
	upper, _ := netip.AddrFromSlice(addr)
	return netip.PrefixFrom(p.Addr(), bits+1), netip.PrefixFrom(upper, bits+1)
}
