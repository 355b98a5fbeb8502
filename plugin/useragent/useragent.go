// Package useragent names the browser and the operating system that a
// User-Agent header claims.
//
// The names and versions are those of ua-parser's regexes
// (github.com/ua-parser/uap-go). What a header claims proves nothing: names are
// for reading and filtering.
package useragent

import (
	"hash/maphash"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

const (
	// maxAgent is how many bytes of a header are looked at. The cost of the
	// regexes grows with the length, and browsers stay below it.
	maxAgent = 512
	// cacheSize is how many agents keep their names. Full, it holds some 2 MB.
	cacheSize = 4096

	// share is how much of one core may go into agents that are not cached,
	// burst how long it may be exceeded: what a start or a new release of a
	// browser needs, and no more for a client that invents agents.
	share = 0.2
	burst = 250 * time.Millisecond
)

// Parser names browsers and operating systems. It is safe for concurrent use;
// share one, since its budget and its cache count per Parser.
type Parser struct {
	// known holds names by the hash of the agent: no hostile text stays in
	// memory, and the seed makes collisions unpredictable. Two queues keep
	// agents seen once from pushing out those in use.
	known *lru.TwoQueueCache[uint64, names]
	seed  maphash.Seed
	// budget counts microseconds.
	budget *rate.Limiter
	now    func() time.Time
}

// New returns a Parser. It does no work: the patterns are compiled when the
// first agent is parsed, once for the process.
func New() *Parser {
	known, err := lru.New2Q[uint64, names](cacheSize)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &Parser{
		known:  known,
		seed:   maphash.MakeSeed(),
		budget: rate.NewLimiter(rate.Limit(share*float64(time.Second/time.Microsecond)), int(burst.Microseconds())),
		now:    time.Now,
	}
}

// Parse names the browser and the operating system of a User-Agent header,
// such as "Firefox 145" and "Mac OS X 10.15". A name is the family and its
// major version, with the minor version unless that is zero ("Chrome 132",
// "Mobile Safari 17.5"); it is empty when the header says nothing known, and
// never longer than 64 bytes.
//
// Only the first 512 bytes count. When agents that are not cached have used
// up a fifth of a core, both names stay empty, and a later call may name the
// same agent. No two calls need to agree for that reason, and a caller that
// keeps the agent can ask again.
func (p *Parser) Parse(ua string) (browser, os string) { return p.parse(ua, true) }

// Name is Parse without the limit, for agents that no client is sending: those
// of a log that is imported. It may cost milliseconds for each new agent.
func (p *Parser) Name(ua string) (browser, os string) { return p.parse(ua, false) }

func (p *Parser) parse(ua string, limited bool) (browser, os string) {
	if ua == "" {
		return "", ""
	}
	ua = ua[:min(len(ua), maxAgent)]
	key := maphash.String(p.seed, ua)
	if n, ok := p.known.Get(key); ok {
		return n.browser, n.os
	}
	rules := compiled()
	start := p.now()
	if limited && p.budget.TokensAt(start) <= 0 {
		return "", ""
	}
	// A name can be a part of the agent, and is kept: the caller's text may be
	// overwritten after the call.
	n := rules.name(strings.Clone(ua))
	p.known.Add(key, n)
	if limited {
		// The cost is known only now, so the budget may go below zero by one
		// parse.
		end := p.now()
		p.budget.ReserveN(end, int(min(end.Sub(start), burst).Microseconds()))
	}
	return n.browser, n.os
}
