package abuse

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/crawler"
	"github.com/gatebook/gatebook/record"
)

// isCrawler reports whether an address is known to be the search engine that its
// user agent claims to be. An unknown claim is given to Config.Verify.
func (d *Detector) isCrawler(addr netip.Addr, index int, agent uint64) bool {
	engine := &crawler.All()[index]
	if engine.Published(addr) {
		return true
	}
	if d.verify == nil {
		return false
	}
	genuine, isNew := d.claims.Add(addr, index, agent)
	if isNew {
		d.verify(*engine, addr)
	}
	return genuine
}

// Verified takes the answer to a call of Config.Verify.
func (d *Detector) Verified(c Crawler, addr netip.Addr, genuine bool, now time.Time) ([]Overflow, error) {
	index := crawler.Index(c.Name)
	if index < 0 {
		return nil, fmt.Errorf("there is no search engine %q", c.Name)
	}
	loc := d.locate(addr)
	agent := d.claims.Settle(loc.addr, index, genuine)
	if genuine {
		d.release(&loc, agent)
		return nil, nil
	}
	if !d.rules.on(spoofedCrawler) || d.allowed.has(loc.addr) {
		return nil, nil
	}
	p, action, s := loc.prefix(0), d.rules.list[spoofedCrawler].Action, &d.shards[loc.place]
	s.mu.Lock()
	if action == Block && s.shared.IsShared(loc.keys[0], now.UnixNano()) {
		action = Throttle // a shared address is not banned
	}
	s.mu.Unlock()
	return d.sanctionAndFlag([]finding{{
		Overflow: Overflow{
			Rule: builtin[spoofedCrawler].Name, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
			IP: loc.addr, Prefix: p, First: now.UTC(), At: now.UTC(), Count: 1, Action: action,
		},
		key: loc.keys[0], place: loc.place,
	}}, now), nil
}

// release ends the sanctions of an address, of its prefixes and of one of its user
// agents.
func (d *Detector) release(loc *location, agent uint64) {
	s := &d.shards[loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sanctions, loc.agentKey(agent))
	for i := range loc.levels {
		delete(s.sanctions, loc.keys[i])
	}
}
