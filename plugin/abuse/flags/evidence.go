package flags

import (
	"net/netip"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

const (
	// maxEvidence is how many requests a flag keeps as evidence.
	maxEvidence = 20
	// maxText is how much of a user agent and of a URI is kept.
	maxText = 512
	// recentSize is how many suspicious requests are remembered, so that there is
	// evidence when a rule overflows.
	recentSize = 32
)

// remembered is a request in fixed space, so that remembering allocates nothing.
type remembered struct {
	key    uint64
	rules  uint64
	at     int64
	addr   netip.Addr
	method [16]byte
	host   [64]byte
	uri    [maxText]byte
	agent  [maxText]byte

	status, pathLen, uriLen, agentLen, hostLen, methodLen uint16

	worth record.Worth
}

// Suspect is a request that counts for a rule.
type Suspect struct {
	*record.Request
	// Key is the identity of its address, which is Addr.
	Key  uint64
	Addr netip.Addr
	// Rules is the set of rules that it counts for.
	Rules uint64
	// At is its time in nanoseconds since 1970.
	At int64
	// Worth is why it counts. Its texts must not be the client's, because they are
	// kept as they are.
	Worth record.Worth
}

// Evidence returns the request as a flag keeps it: with bounded texts.
func (s *Suspect) Evidence() record.Evidence {
	var m remembered
	m.set(s)
	return m.evidence()
}

// Recent is a ring of the last suspicious requests.
type Recent struct {
	items []remembered
	next  int
}

// Add remembers a request.
func (r *Recent) Add(s *Suspect) {
	if len(r.items) < recentSize {
		r.items = append(r.items, remembered{})
	}
	r.items[r.next].set(s)
	r.next = (r.next + 1) % recentSize
}

// Evidence returns the remembered requests of the suspect's address that count for
// one of the rules, in their order, and at least the suspect itself.
func (r *Recent) Evidence(s *Suspect, rules uint64) []record.Evidence {
	var list []record.Evidence
	for i := range r.items {
		m := &r.items[(r.next+i)%len(r.items)]
		if m.key == s.Key && m.rules&rules != 0 {
			list = append(list, m.evidence())
		}
	}
	if len(list) == 0 {
		list = append(list, s.Evidence())
	}
	return list[max(0, len(list)-maxEvidence):]
}

func (m *remembered) set(s *Suspect) {
	m.key, m.rules, m.at, m.addr, m.status, m.worth = s.Key, s.Rules, s.At, s.Addr, uint16(s.Status), s.Worth
	m.methodLen = uint16(copy(m.method[:], s.Method))
	m.hostLen = uint16(copy(m.host[:], s.Host))
	m.agentLen = uint16(copy(m.agent[:], s.UserAgent))
	n := copy(m.uri[:], s.Path)
	m.pathLen = uint16(n)
	m.uriLen = uint16(n + copy(m.uri[n:], s.Query))
}

// evidence returns what was remembered as it is stored.
func (m *remembered) evidence() record.Evidence {
	text := func(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }
	return record.Evidence{Worth: m.worth, Request: record.Request{
		Time: time.Unix(0, m.at).UTC(), IP: m.addr, Status: int(m.status), Verdict: record.VerdictPass,
		Method: text(m.method[:m.methodLen]), Host: text(m.host[:m.hostLen]),
		Path: text(m.uri[:m.pathLen]), Query: text(m.uri[m.pathLen:m.uriLen]), UserAgent: text(m.agent[:m.agentLen]),
	}}
}
