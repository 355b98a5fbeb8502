package abuse

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/plugin/abuse/ipset"
	"github.com/gatebook/gatebook/plugin/abuse/sanction"
	"github.com/gatebook/gatebook/record"
)

// decisions are the decisions of people about prefixes. They are never changed but
// replaced as a whole, so that requests read them without a lock.
type decisions struct {
	prefixes ipset.Map[*decision]
}

type decision struct {
	kind  record.DecisionKind
	until int64 // 0 means for ever

	mu        sync.Mutex
	allowance counter.Bucket
}

func newDecision(d record.Decision, now time.Time) *decision {
	one := &decision{kind: d.Decision, allowance: counter.Empty(now.UnixNano())}
	if !d.Until.IsZero() {
		one.until = d.Until.UnixNano()
	}
	return one
}

func (d *decision) holds(now int64) bool { return d.until == 0 || now < d.until }

// find returns the decision of a kind that holds for an address, nil for none.
func (ds *decisions) find(addr netip.Addr, now int64, kind record.DecisionKind) *decision {
	if ds.prefixes.Len() == 0 {
		return nil
	}
	d, _ := ds.prefixes.Find(addr, func(d *decision) bool { return d.holds(now) && d.kind == kind })
	return d
}

// allows reports whether people allow an address.
func (ds *decisions) allows(addr netip.Addr, now int64) bool {
	return ds.find(addr, now, record.DecideAllow) != nil
}

// banned returns the verdict of people's bans.
func (ds *decisions) banned(addr netip.Addr, now int64) Verdict {
	ban := ds.find(addr, now, record.DecideBan)
	if ban == nil {
		return pass
	}
	v := Verdict{Verdict: record.VerdictBan}
	if ban.until != 0 {
		v.RetryAfter = time.Duration(ban.until - now)
	}
	return v
}

// throttled returns the verdict of people's throttles, and takes from their
// allowance.
func (ds *decisions) throttled(addr netip.Addr, now int64) Verdict {
	d := ds.find(addr, now, record.DecideThrottle)
	if d == nil {
		return pass
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if ok, wait := d.allowance.Take(sanction.Throttled, now, 1); !ok {
		return Verdict{Verdict: record.VerdictThrottle, RetryAfter: wait}
	}
	return pass
}

// current returns a copy of the decisions that hold.
func (ds *decisions) current(now int64) *decisions {
	next := new(decisions)
	for p, d := range ds.prefixes.All() {
		if d.holds(now) {
			next.prefixes.Put(p, d)
		}
	}
	return next
}

// with returns a copy in which d is the decision about a prefix; nil is none.
func (ds *decisions) with(p netip.Prefix, d *decision, now int64) *decisions {
	next := ds.current(now)
	if next.prefixes.Delete(p); d != nil {
		next.prefixes.Put(p, d)
	}
	return next
}

// around returns a prefix around p with a decision that holds and does not allow it,
// unless p has a decision of its own.
func (ds *decisions) around(p netip.Prefix, now int64) (wide netip.Prefix, d *decision) {
	if own, _ := ds.prefixes.Get(p); own != nil && own.holds(now) {
		return wide, nil
	}
	for wide, d := range ds.prefixes.All() {
		if d.holds(now) && d.kind != record.DecideAllow && wide != p && ipset.Within(p, wide) {
			return wide, d
		}
	}
	return wide, nil
}

// addressOnly are the kinds of decisions that can only be about addresses.
var addressOnly = []record.DecisionKind{record.DecideBan, record.DecideThrottle, record.DecideAllow}

func isAddressOnly(kind record.DecisionKind) bool { return slices.Contains(addressOnly, kind) }

// allowlist are the addresses that the configuration never flags or refuses.
type allowlist struct {
	// listed are allowed by name. They are allowed even if a person bans them.
	listed ipset.Set
	// private means that addresses of private networks are not allowed.
	private bool
}

// has reports whether an address is never flagged.
func (a *allowlist) has(addr netip.Addr) bool {
	return !a.private && isPrivate(addr) || a.listed.Has(addr)
}

// isPrivate reports whether an address is of this machine, of its link or of a
// private network (RFC 1918, 4193 and 6598).
func isPrivate(addr netip.Addr) bool {
	return addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || carrierNAT.Contains(addr)
}

var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")
