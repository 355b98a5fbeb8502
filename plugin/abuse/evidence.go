package abuse

import (
	"net/netip"
	"strings"

	"github.com/gatebook/gatebook/record"
)

const (
	// maxEvidence is how many requests prove a flag.
	maxEvidence = 20
	// maxEvidenceText is how much of a user agent and of a URI is kept.
	maxEvidenceText = 512
	// ringSize is how many suspicious requests a shard remembers, so that there
	// is something to show when a rule overflows.
	ringSize = 32
)

// remembered is a request in fixed space, so that remembering costs no memory.
type remembered struct {
	key    uint64
	rules  uint64
	at     int64
	addr   netip.Addr
	method [16]byte
	host   [64]byte
	uri    [maxEvidenceText]byte
	agent  [maxEvidenceText]byte

	status, pathLen, uriLen, agentLen, hostLen, methodLen uint16
}

// ring is the last suspicious requests of a shard.
type ring struct {
	items []remembered
	next  int
}

func (r *ring) add(o *observation) {
	if len(r.items) < ringSize {
		r.items = append(r.items, remembered{})
	}
	o.remember(&r.items[r.next])
	r.next = (r.next + 1) % ringSize
}

func (o *observation) remember(m *remembered) {
	m.key, m.rules, m.at, m.addr, m.status = o.id.keys[0], o.found.rules, o.now, o.id.addr, uint16(o.Status)
	m.methodLen = uint16(copy(m.method[:], o.Method))
	m.hostLen = uint16(copy(m.host[:], o.Host))
	m.agentLen = uint16(copy(m.agent[:], o.UserAgent))
	n := copy(m.uri[:], o.Path)
	m.pathLen = uint16(n)
	m.uriLen = uint16(n + copy(m.uri[n:], o.Query))
}

// request is what was remembered, as it is stored.
func (m *remembered) request() record.Request {
	text := func(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }
	return record.Request{
		Time: unix(m.at), IP: m.addr, Status: int(m.status), Verdict: record.VerdictPass,
		Method: text(m.method[:m.methodLen]), Host: text(m.host[:m.hostLen]),
		Path: text(m.uri[:m.pathLen]), Query: text(m.uri[m.pathLen:m.uriLen]), UserAgent: text(m.agent[:m.agentLen]),
	}
}

// of is what is remembered of the observed address for a rule, the first one
// first, and at least the observed request itself.
func (r *ring) of(o *observation, rule string) []record.Request {
	bit := uint64(0)
	for i := range o.d.rules.list {
		if o.d.rules.list[i].Name == rule {
			bit = 1 << i
		}
	}
	var list []record.Request
	for i := range r.items {
		m := &r.items[(r.next+i)%len(r.items)]
		if m.key == o.id.keys[0] && m.rules&bit != 0 {
			list = append(list, m.request())
		}
	}
	if len(list) == 0 {
		var m remembered
		o.remember(&m)
		list = append(list, m.request())
	}
	return list[max(0, len(list)-maxEvidence):]
}
