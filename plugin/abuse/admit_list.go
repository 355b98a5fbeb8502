package abuse

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/blocklist"
	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/plugin/abuse/flags"
	"github.com/gatebook/gatebook/plugin/abuse/sanction"
	"github.com/gatebook/gatebook/record"
)

// BlocklistRule is the rule under which the addresses of block lists are flagged.
const BlocklistRule = "blocklist"

// MaxBlocklists is the number of block lists that a configuration may have.
const MaxBlocklists = 16

// listedMute is how long an address is not flagged again for being listed.
const listedMute = 24 * time.Hour

// listedSalt makes the identities of listed addresses differ from others.
const listedSalt = 1 << 48

// Blocklist is a list of addresses and what follows for them. Its owner reloads it.
type Blocklist struct {
	List *blocklist.List
	// Action is Observe, Throttle or Block.
	Action Action
}

func (b *Blocklist) validate() error {
	if b.List == nil {
		return errors.New("a blocklist has no files")
	}
	if b.Action < Observe || b.Action > Block {
		return fmt.Errorf("blocklist: action %d must be one of observe, throttle, block", b.Action)
	}
	return nil
}

// listing is a list that has an address.
type listing struct {
	// action is Off if no list has the address.
	action Action
	path   string
	prefix netip.Prefix
}

// listing returns the strictest list that has an address.
func (d *Detector) listing(addr netip.Addr) (in listing) {
	for i := range d.blocklists {
		b := &d.blocklists[i]
		if b.Action <= in.action {
			continue
		}
		if path, prefix, ok := b.List.Has(addr); ok {
			in = listing{b.Action, path, prefix}
		}
	}
	return in
}

// listed flags an address that is in a block list, and returns what follows for the
// request. A confirmed session passes a throttle.
func (a *admission) listed(c *Client, confirmed bool) Verdict {
	if len(a.blocklists) == 0 {
		return pass
	}
	in := a.listing(a.loc.addr)
	if in.action == Off {
		return pass
	}
	s := &a.shards[a.loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	v := pass
	src := s.counters.Source(mix(a.loc.keys[0]^listedSalt), a.now, &a.rules.limits)
	switch {
	case !a.enforce || in.action == Observe:
	case in.action == Block:
		v = Verdict{Verdict: record.VerdictBan, Rule: BlocklistRule}
	case !confirmed && src != nil:
		if ok, wait := src.TakeRate(sanction.Throttled, a.now, 1); !ok {
			v = Verdict{record.VerdictThrottle, wait, BlocklistRule}
		}
	}
	if src != nil {
		a.flagListed(s, src, c, &in)
	}
	return v
}

// flagListed leaves an overflow for the next Observe, with the list as evidence,
// unless the address was flagged lately.
func (a *admission) flagListed(s *shard, src *counter.Source, c *Client, in *listing) {
	if !a.mayReport(s, src, listedMute) {
		return
	}
	p := a.loc.prefix(0)
	suspect := flags.Suspect{
		Request: &record.Request{Method: c.Method, Path: c.Path, UserAgent: c.UserAgent},
		Addr:    a.loc.addr, At: a.now,
	}
	proof := suspect.Evidence()
	proof.Error = &record.Failure{Source: record.SourceGate, Type: BlocklistRule, Message: fmt.Sprintf("%s is in %s", in.prefix, in.path)}
	if a.enforce && in.action == Block {
		proof.Verdict, proof.Status = record.VerdictBan, 403
	}
	s.pending = append(s.pending, finding{
		Overflow: Overflow{
			Rule: BlocklistRule, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
			IP: a.loc.addr, Prefix: p, First: unix(a.now), At: unix(a.now), Count: 1, Action: in.action,
		},
		evidence: []record.Evidence{proof},
	})
}
