package abuse

import (
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Detector is the abuse detection of one instance. Its methods may be called
// at the same time. What it is told to do never changes; what it has seen it
// shares with those made of it by [Detector.With].
type Detector struct {
	*state
	enforce    bool
	ban        time.Duration
	bans       int // the budget a minute
	rules      ruleSet
	classifier classifier
	verify     func(Crawler, netip.Addr)
	// free are addresses that nothing happens to, and private says that those
	// of private networks are not among them.
	free    prefixSet
	private bool
}

// state is what has been seen and decided.
type state struct {
	seed   uint64
	shards [shards]shard
	// decided are the decisions of people, replaced as a whole.
	decided    atomic.Pointer[decisions]
	decide     sync.Mutex
	flood      flood
	crawlers   crawlerCache
	flags      flags
	budget     banBudget
	newlyKnown knownOutbox
}

// Request is a request after it was answered.
type Request struct {
	*record.Request
	// Session is a hash of the session cookie's value, 0 for none.
	Session uint64
	// AuthFailed says that credentials were sent, and refused.
	AuthFailed bool
	// CrossSite says that another site caused it; see [CrossSite].
	CrossSite bool
	// Absolute says that the target was a whole URL, as a proxy is asked (RFC 9112,
	// section 3.2.2); the path has only its path.
	Absolute bool
}

// CrossSite reports whether another site caused a request, as a picture on a
// foreign page does. What is not known is no.
func CrossSite(secFetchSite, referer, host string) bool {
	if secFetchSite != "" {
		return secFetchSite == "cross-site"
	}
	if referer == "" || host == "" {
		return false
	}
	_, rest, ok := strings.Cut(referer, "://")
	if !ok {
		return false
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return !strings.EqualFold(hostname(rest), hostname(host))
}

// hostname is a host without its port.
func hostname(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && isDigits(host[i+1:]) {
		return host[:i]
	}
	return host
}

// Overflow says that a rule was broken.
type Overflow struct {
	Rule string
	// Subject is what the flag is about.
	Subject record.FlagSubject
	// IP sent the last request, and Prefix is what counted it. Both are zero
	// for an account or the instance.
	IP     netip.Addr
	Prefix netip.Prefix
	// Scope is which identity of the prefix broke it: "agent", "session", or
	// "" for all of it.
	Scope string
	// First is when the bucket began to fill, At when it overflowed, and Count
	// how many requests are in it.
	First, At time.Time
	Count     int
	// Action is what follows in a gate that enforces.
	Action Action
}
