package abuse

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/gatebook/gatebook/plugin/abuse/intent"
	"github.com/gatebook/gatebook/plugin/abuse/pattern"
	"github.com/gatebook/gatebook/record"
)

// An identity is what requests are counted for and sanctioned as: a prefix of the
// address, a user agent at a prefix, a confirmed session, or for logins an account.
// Its key is a hash.

// Kinds of hashes, so that hashes of one kind differ from those of another.
const (
	kindPrefix = iota + 1
	kindAgent
	kindSession
	kindAccountAt
	kindAccount
	kindInstance
	kindShard
	kindText
	kindUnknownAgents
	kindAccountSessions
	kindCaused
	kindTarget
	kindIntent
)

// hasher makes the keys of identities, with a seed that clients do not know.
type hasher struct{ seed uint64 }

// hash returns the hash of a text and a number.
func (h hasher) hash(kind uint8, n uint64, text string) uint64 {
	var d xxhash.Digest
	d.ResetWithSeed(h.seed ^ uint64(kind)<<56)
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	_, _ = d.Write(b[:])
	_, _ = d.WriteString(text)
	return d.Sum64()
}

// target returns the hash of all that is looked at to find out what a request asks
// for; agent is that of its user agent. It is never 0.
func (h hasher) target(t *intent.Target, agent uint64) uint64 {
	var d xxhash.Digest
	d.ResetWithSeed(h.seed ^ uint64(kindTarget)<<56 ^ agent)
	for _, part := range [...]string{t.Method, t.Path, t.Query, t.Referer} {
		_, _ = d.WriteString(part)
		_, _ = d.WriteString("\n") // a header has none
	}
	return d.Sum64() | 1
}

// text returns the hash of a user agent, a path or a query.
func (h hasher) text(s string) uint64 { return h.hash(kindText, 0, s) }

// sessionKey returns the identity of a session.
func (h hasher) sessionKey(session uint64) uint64 { return h.hash(kindSession, session, "") }

// accountKey returns the identity of an account, whichever session it uses.
func (h hasher) accountKey(account uint64) uint64 { return h.hash(kindAccountSessions, account, "") }

// instanceKey returns the identity of the instance.
func (h hasher) instanceKey() uint64 { return h.hash(kindInstance, 0, "") }

// form returns the hash of the path of a form, the same for all spellings of it. What
// is sent with GET is apart, because everybody may look at a form.
func (h hasher) form(method, path string) uint64 {
	n := pattern.NewNormalizer()
	defer n.Release()
	form := h.text(string(n.Form(path)))
	if method == "GET" || method == "HEAD" {
		return mix(form)
	}
	return form
}

// prefix returns the hash of an address's prefix of so many bits.
func (h hasher) prefix(addr [16]byte, bits int) uint64 {
	high, low := binary.BigEndian.Uint64(addr[:8]), binary.BigEndian.Uint64(addr[8:])
	if bits <= 64 {
		high, low = high>>(64-bits)<<(64-bits), 0
	} else {
		low = low >> (128 - bits) << (128 - bits)
	}
	x := mix(h.seed ^ high ^ uint64(kindPrefix)<<56)
	return mix(x ^ low ^ uint64(bits))
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// level is a prefix length that is counted.
type level struct {
	bits int
	// factor is how many times as much the prefix may do as the narrowest one.
	factor float64
}

var (
	levels4 = []level{{32, 1}}
	levels6 = []level{{64, 1}, {56, 2}, {48, 4}}
)

// location is an address and the prefixes that it is counted as.
type location struct {
	addr   netip.Addr
	levels []level
	// keys are the identities of the prefixes, the narrowest first.
	keys [3]uint64
	// place is the number of the shard that they are kept in.
	place uint8
}

// clientKey returns the identity of an address, or of the /64 around one of IPv6.
func (h hasher) clientKey(addr netip.Addr) uint64 {
	bits := 64
	if addr = record.CountedAddr(addr); addr.Is4() {
		bits = 128
	}
	return h.prefix(addr.As16(), bits)
}

func (h hasher) locate(addr netip.Addr) location {
	addr = record.CountedAddr(addr)
	loc := location{addr: addr, levels: levels6}
	bytes := addr.As16()
	widest := 48
	if addr.Is4() {
		// Its 32 bits are the last of 128.
		loc.levels, widest = levels4, 128
		loc.keys[0] = h.prefix(bytes, 128)
	} else {
		for i, l := range loc.levels {
			loc.keys[i] = h.prefix(bytes, l.bits)
		}
	}
	loc.place = placeOf(h.prefix(bytes, widest))
	return loc
}

// subnetBits is the length of an IPv4 subnet.
const subnetBits = 24

// subnetOf returns the subnet of an IPv4 address.
func subnetOf(addr netip.Addr) netip.Prefix {
	p, _ := addr.Prefix(subnetBits)
	return p
}

// subnetKey returns the identity of the subnet of an IPv4 address.
func (h hasher) subnetKey(addr netip.Addr) uint64 { return h.prefix(addr.As16(), 96+subnetBits) }

// placeOf returns the number of the shard that a key is kept in.
func placeOf(key uint64) uint8 { return uint8(key >> 58) }

// prefix returns the address's prefix at a level.
func (l *location) prefix(i int) netip.Prefix {
	p, _ := l.addr.Prefix(l.levels[i].bits)
	return p
}

// keyOf returns the identity of a prefix around the address, if it is one that is
// counted.
func (l *location) keyOf(p netip.Prefix) (uint64, bool) {
	for i := range l.levels {
		if l.levels[i].bits == p.Bits() {
			return l.keys[i], true
		}
	}
	return 0, false
}

// PrefixOf returns the prefix that an address is counted and banned as: the address
// itself for IPv4, its /64 for IPv6; see [record.CountedAddr].
func PrefixOf(addr netip.Addr) netip.Prefix {
	addr = record.CountedAddr(addr)
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	p, _ := addr.Prefix(bits)
	return p
}

// agentKey returns the identity of a user agent at the address.
func (l *location) agentKey(agent uint64) uint64 { return mix(l.keys[0] ^ agent ^ kindAgent) }

// unknownAgentsKey returns the identity of all user agents at the address with which
// nobody logged in.
func (l *location) unknownAgentsKey() uint64 { return mix(l.keys[0] ^ kindUnknownAgents) }

// intentKey returns the identity of all requests from the address that ask for what its
// sanction names.
func (l *location) intentKey() uint64 { return mix(l.keys[0] ^ kindIntent) }

// causedKey returns the identity of a client as that of requests which it did not make
// of its own accord. What holds for it does not hold for the client's other requests.
func causedKey(key uint64) uint64 { return mix(key ^ kindCaused) }

// anyTool stands for the user agents of all tools.
const anyTool = 1

func unix(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds).UTC() }

// subnet returns the identity of the network around an address: the /24 of IPv4, the
// /48 of IPv6.
func (h hasher) subnet(loc *location) uint64 {
	if loc.addr.Is4() {
		return h.subnetKey(loc.addr)
	}
	return loc.keys[2]
}
