package abuse

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Crawler is a search engine.
type Crawler struct {
	// Name is how it calls itself, in lower case.
	Name string
	// Domains are those that the reverse name of a true one is in, and that
	// name leads back to the address.
	Domains []string

	agent  string
	ranges prefixSet
}

// crawlers reads words/crawlers.txt.
var crawlers = sync.OnceValue(func() []Crawler {
	var list []Crawler
	ranges := map[string][]netip.Prefix{}
	for _, line := range builtinWords("crawlers") {
		name, rest, _ := strings.Cut(line, ": ")
		if len(ranges[name]) == 0 {
			list = append(list, Crawler{Name: name, agent: name})
		}
		c := &list[len(list)-1]
		for word := range strings.FieldsSeq(rest) {
			if p, err := netip.ParsePrefix(word); err == nil {
				ranges[name] = append(ranges[name], p)
			} else {
				c.Domains = append(c.Domains, word)
			}
		}
	}
	for i := range list {
		list[i].ranges = newPrefixSet(ranges[list[i].Name])
	}
	return list
})

// claim is an address that says it is a search engine.
type claim struct {
	addr    netip.Addr
	crawler int
}

// answer is what is known of a claim, and the agent that made it.
type answer struct {
	state claimState
	agent uint64
}

type claimState uint8

const (
	claimAsked claimState = iota + 1
	claimTrue
	claimFalse
)

// crawlerCache remembers what came of claims.
type crawlerCache struct {
	mu     sync.Mutex
	claims map[claim]answer
}

// maxClaims bounds it: when it is full, it is emptied, and who is still there
// is asked about again.
const maxClaims = 4096

func (c *crawlerCache) init() { c.claims = map[claim]answer{} }

// isCrawler reports whether the observed request comes from the search engine
// it says, and sees to it that this is found out.
func (d *Detector) isCrawler(o *observation) bool {
	engine := &crawlers()[o.found.crawler]
	if engine.ranges.has(o.id.addr) {
		return true
	}
	if d.verify == nil {
		return false
	}
	key := claim{o.id.addr, o.found.crawler}
	d.crawlers.mu.Lock()
	state := d.crawlers.claims[key].state
	if state == 0 {
		if len(d.crawlers.claims) >= maxClaims {
			clear(d.crawlers.claims)
		}
		d.crawlers.claims[key] = answer{claimAsked, o.agentHash}
	}
	d.crawlers.mu.Unlock()
	if state == 0 {
		d.verify(*engine, o.id.addr)
	}
	return state == claimTrue
}

// Verified tells what came of a call of Config.Verify.
func (d *Detector) Verified(c Crawler, addr netip.Addr, genuine bool, now time.Time) ([]Overflow, error) {
	index := -1
	for i := range crawlers() {
		if crawlers()[i].Name == c.Name {
			index = i
		}
	}
	if index < 0 {
		return nil, fmt.Errorf("there is no search engine %q", c.Name)
	}
	id := d.locate(addr)
	d.crawlers.mu.Lock()
	a := d.crawlers.claims[claim{id.addr, index}]
	if a.state = claimFalse; genuine {
		a.state = claimTrue
	}
	d.crawlers.claims[claim{id.addr, index}] = a
	d.crawlers.mu.Unlock()
	if genuine {
		d.release(&id, a.agent)
		return nil, nil
	}
	if !d.on(spoofedCrawler) || d.isFree(id.addr) {
		return nil, nil
	}
	p, action := id.prefix(0), d.rules.list[spoofedCrawler].Action
	id.shard.mu.Lock()
	if action == Block && id.shard.isShared(id.keys[0], now.UnixNano()) {
		action = Throttle // many people are there
	}
	id.shard.mu.Unlock()
	return d.follow([]hit{{
		Overflow: Overflow{
			Rule: builtin[spoofedCrawler].Name, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
			IP: id.addr, Prefix: p, First: now.UTC(), At: now.UTC(), Count: 1, Action: action,
		},
		key: id.keys[0], at: id.shard,
	}}, now), nil
}
