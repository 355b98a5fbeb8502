package abuse

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/plugin/abuse/crawler"
	"github.com/gatebook/gatebook/plugin/abuse/flags"
	"github.com/gatebook/gatebook/plugin/abuse/ipset"
	"github.com/gatebook/gatebook/plugin/abuse/known"
	"github.com/gatebook/gatebook/plugin/abuse/learned"
	"github.com/gatebook/gatebook/plugin/abuse/sanction"
	"github.com/gatebook/gatebook/record"
)

// Detector is the abuse detection of one instance. Its methods may be called
// concurrently. Its configuration never changes; its state is shared with the
// detectors that [Detector.With] returns.
type Detector struct {
	*state
	enforce bool
	// ban is how long a first ban lasts, bansPerMinute the budget of bans.
	ban           time.Duration
	bansPerMinute int
	allowed       allowlist
	rules         ruleSet
	classifier    classifier
	verify        func(Crawler, netip.Addr)
	paths         []PathRate
	loginPaths    []string
	blocklists    []Blocklist
}

// state is what a detector has seen and decided.
type state struct {
	hasher
	shards [shards]shard
	flood  counter.Flood
	claims crawler.Claims
	flags  flags.Registry
	budget sanction.Budget
	known  known.Outbox
	// learned is what is known about the application.
	learned *learned.App
	// uselessLoad says that what is stored of the usual load cannot be read, and is to be
	// deleted.
	uselessLoad atomic.Bool
	// subnets is how often IPv4 subnets were throttled.
	subnets atomic.Int64
	// intents is how often an address was refused what it asked for.
	intents atomic.Int64
	// decisions are those of people. deciding is locked while they are replaced.
	decisions atomic.Pointer[decisions]
	deciding  sync.Mutex
}

// New returns a detector, or an error if the configuration is not valid.
func New(c Config) (*Detector, error) {
	if c.Seed == 0 {
		c.Seed = randomSeed()
	}
	s := &state{hasher: hasher{c.Seed}, learned: learned.New(c.Seed)}
	s.decisions.Store(new(decisions))
	s.flags.Init()
	for i := range s.shards {
		s.shards[i].init()
	}
	return (&Detector{state: s}).With(c)
}

// randomSeed returns a random number that is not 0.
func randomSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// With returns a detector with another configuration and the same state, which both
// continue to share. The seed stays the same.
func (d *Detector) With(c Config) (*Detector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	next := &Detector{
		state: d.state, enforce: c.Enforce, verify: c.Verify,
		ban: cmp.Or(c.Ban, sanction.FirstBan), bansPerMinute: cmp.Or(c.BansPerMinute, 100),
		allowed: allowlist{listed: ipset.NewSet(c.Allow), private: c.Private},
		rules:   newRuleSet(&c),
	}
	next.paths, next.blocklists = lowerPaths(c.Paths), c.Blocklists
	for _, p := range c.LoginPaths {
		next.loginPaths = append(next.loginPaths, strings.ToLower(p))
	}
	next.classifier.own = c.Own
	next.classifier.compile(c.Patterns)
	if before := d.classifier.own; len(before) > 0 && !reflect.DeepEqual(before, c.Own) {
		for i := range d.shards {
			d.shards[i].dropOwnRules()
		}
	}
	return next, nil
}

// shardOf returns the shard that a key is kept in.
func (s *state) shardOf(key uint64) *shard { return &s.shards[placeOf(key)] }

// ignores reports whether an address is never flagged: the configuration or a
// person allows it.
func (d *Detector) ignores(addr netip.Addr, now int64) bool {
	return d.allowed.has(addr) || d.decisions.Load().allows(addr, now)
}

// sessionClient is the client with a session.
type sessionClient struct {
	// key is the identity that is counted and sanctioned: the account of a confirmed
	// session, with all its sessions, if it is known.
	key     uint64
	account uint64
	// confirmed means that a login confirmed the session.
	confirmed bool
}

// sessionOf returns the client with a session, and extends the session.
func (s *state) sessionOf(session uint64, now int64) (c sessionClient) {
	if session == 0 {
		return c
	}
	c.key = s.sessionKey(session)
	shard := s.shardOf(c.key)
	shard.mu.Lock()
	var extended bool
	c.account, c.confirmed, extended = shard.sessions.Use(c.key, now)
	shard.mu.Unlock()
	if extended {
		s.known.Add(record.Known{Place: placeOf(c.key), Key: c.key, Agent: c.account, At: unix(now)})
	}
	if c.account != 0 {
		c.key = s.accountKey(c.account)
	}
	return c
}

// isSanctioned reports whether an identity is sanctioned.
func (s *state) isSanctioned(key uint64, now int64) bool {
	shard := s.shardOf(key)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	of, ok := shard.sanctions[key]
	return ok && of.Holds(now)
}

// isTool reports whether a user agent is that of a scanner or a library.
func (d *Detector) isTool(agent string, hash uint64) bool {
	return d.classifier.userAgent(agent, hash).tool
}

// Flooded reports whether the instance is being flooded.
func (d *Detector) Flooded() bool { return d.flood.On() }

// Seed returns the seed of the hashes.
func (d *Detector) Seed() uint64 { return d.seed }
