package crawler

import (
	"net/netip"
	"sync"
)

// Claims remembers which addresses claim to be a search engine, and whether the
// claim is true. It may be used concurrently.
type Claims struct {
	mu      sync.Mutex
	answers map[claim]answer
}

// claim is an address that claims to be the engine with this index.
type claim struct {
	addr   netip.Addr
	engine int
}

// answer is what is known of a claim, and the hash of the user agent that made it.
type answer struct {
	state claimState
	agent uint64
}

type claimState uint8

const (
	asked claimState = iota + 1
	confirmed
	refuted
)

// maxClaims bounds the memory. When it is reached, all claims are forgotten, and
// asked about again.
const maxClaims = 4096

// Add adds a claim, with the hash of the user agent that made it. It reports
// whether the claim is known to be true, and whether it is a new one.
func (c *Claims) Add(addr netip.Addr, engine int, agent uint64) (genuine, isNew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := claim{addr, engine}
	state := c.answers[key].state
	if state == 0 {
		if len(c.answers) >= maxClaims || c.answers == nil {
			c.answers = map[claim]answer{}
		}
		c.answers[key] = answer{asked, agent}
	}
	return state == confirmed, state == 0
}

// Settle stores whether a claim is true, and returns the hash of the user agent
// that made it, 0 if the claim is unknown.
func (c *Claims) Settle(addr netip.Addr, engine int, genuine bool) (agent uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers == nil {
		c.answers = map[claim]answer{}
	}
	key := claim{addr, engine}
	a := c.answers[key]
	if a.state = refuted; genuine {
		a.state = confirmed
	}
	c.answers[key] = a
	return a.agent
}
