package abuse

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Client is who sends a request, as far as is known before it is served.
type Client struct {
	// Addr is the address as Caddy's trusted_proxies decide; the zero Addr
	// when it is not known (a unix socket): then nothing is limited.
	Addr      netip.Addr
	UserAgent string
	// Session is a hash of the session cookie's value, 0 for none. It counts
	// for something once a login confirmed it.
	Session uint64
	// Path is what is asked for.
	Path string
}

// Kinds of identities, so that hashes of one kind are none of another.
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
)

// hash is that of a text and a number, with the detector's seed, which nobody
// outside knows.
func (d *Detector) hash(kind uint8, n uint64, text string) uint64 {
	var h xxhash.Digest
	h.ResetWithSeed(d.seed ^ uint64(kind)<<56)
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	_, _ = h.Write(b[:])
	_, _ = h.WriteString(text)
	return h.Sum64()
}

// hashPrefix is that of an address's prefix of so many bits.
func (d *Detector) hashPrefix(addr [16]byte, bits int) uint64 {
	high, low := binary.BigEndian.Uint64(addr[:8]), binary.BigEndian.Uint64(addr[8:])
	if bits <= 64 {
		high, low = high>>(64-bits)<<(64-bits), 0
	}
	h := mix(d.seed ^ high ^ uint64(kindPrefix)<<56)
	return mix(h ^ low ^ uint64(bits))
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// level is a prefix that is counted, and by how much more it may do than the
// narrowest one.
type level struct {
	bits  int
	crowd float64
}

var (
	levels4 = []level{{32, 1}}
	levels6 = []level{{64, 1}, {56, 2}, {48, 4}}
)

// netID is an address's place: the prefixes it is counted as, the narrowest
// first, and its shard.
type netID struct {
	addr   netip.Addr
	levels []level
	keys   [3]uint64
	place  uint8
	shard  *shard
}

func (d *Detector) locate(addr netip.Addr) netID {
	addr = addr.Unmap().WithZone("")
	id := netID{addr: addr, levels: levels6}
	bytes := addr.As16()
	widest := 48
	if addr.Is4() {
		// Its 32 bits are the last of 128.
		id.levels, widest = levels4, 128
		id.keys[0] = d.hashPrefix(bytes, 128)
	} else {
		for i, l := range id.levels {
			id.keys[i] = d.hashPrefix(bytes, l.bits)
		}
	}
	id.place = placeOf(d.hashPrefix(bytes, widest))
	id.shard = &d.shards[id.place]
	return id
}

// placeOf is the number of the shard that a key is kept in.
func placeOf(key uint64) uint8 { return uint8(key >> 58) }

func (d *Detector) shardOf(key uint64) *shard { return &d.shards[placeOf(key)] }

// prefix is the address's prefix at a level.
func (id *netID) prefix(i int) netip.Prefix {
	p, _ := id.addr.Prefix(id.levels[i].bits)
	return p
}

// PrefixOf is what an address is counted and banned as: itself, and for IPv6
// its /64.
func PrefixOf(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	p, _ := addr.Prefix(bits)
	return p
}

// agentKey is the identity of a user agent at an address.
func (id *netID) agentKey(agent uint64) uint64 { return mix(id.keys[0] ^ agent ^ kindAgent) }

// unknownAgentsKey is the identity of all user agents at an address with which nobody
// logged in.
func (id *netID) unknownAgentsKey() uint64 { return mix(id.keys[0] ^ kindUnknownAgents) }

// anyTool stands for the user agents of all tools.
const anyTool = 1

func (d *Detector) sessionKey(session uint64) uint64 { return d.hash(kindSession, session, "") }

func unix(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds).UTC() }
