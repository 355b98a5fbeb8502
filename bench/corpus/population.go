package corpus

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
)

// Visitor is who asks. The same address has the same agent, country and
// network whenever it comes.
type Visitor struct {
	Addr    netip.Addr
	Agent   string
	Country string
	ASN     uint32
	ASOrg   string
}

// population are all possible visitors. A few of them come often.
type population struct {
	rank   *rand.Zipf
	salt   uint64
	agents []string
}

func newPopulation(rng *rand.Rand, n int) *population {
	agents := userAgents()
	rng.Shuffle(len(agents), func(i, j int) { agents[i], agents[j] = agents[j], agents[i] })
	return &population{
		rank:   rand.NewZipf(rng, 1.15, 40, uint64(max(1000, n/20))),
		salt:   rng.Uint64(),
		agents: agents,
	}
}

func (c *population) visitor() Visitor { return c.nth(c.rank.Uint64()) }

// nth is the visitor of a rank, who is made anew each time rather than kept.
func (c *population) nth(rank uint64) Visitor {
	rng := rand.New(rand.NewPCG(c.salt, rank))
	network := rand.NewZipf(rng, 1.2, 3, 799).Uint64()
	v := Visitor{
		Addr:    address(rng, uint32(network)),
		Agent:   c.agents[rand.NewZipf(rng, 1.3, 4, uint64(len(c.agents)-1)).Uint64()],
		Country: countries[network%uint64(len(countries))],
		ASN:     uint32(64512 + network),
	}
	v.ASOrg = fmt.Sprintf("%s Network %d", v.Country, network)
	return v
}

// address is one of a network: every fifth in IPv6.
func address(rng *rand.Rand, network uint32) netip.Addr {
	if rng.IntN(5) == 0 {
		b := [16]byte{0: 0x2a, 1: byte(network >> 8), 2: byte(network), 3: 1}
		binary.BigEndian.PutUint32(b[4:], rng.Uint32())
		binary.BigEndian.PutUint64(b[8:], rng.Uint64())
		return netip.AddrFrom16(b)
	}
	b := [4]byte{byte(20 + network/16), byte(network << 4), byte(rng.Uint32()), byte(rng.Uint32())}
	b[1] |= byte(rng.UintN(16))
	return netip.AddrFrom4(b)
}

var countries = []string{
	"DE", "US", "FR", "GB", "NL", "PL", "AT", "CH", "IT", "ES", "CZ", "SE", "DK", "BE", "FI", "NO", "PT", "IE", "CN",
	"IN", "BR", "RU", "UA", "JP", "KR", "CA", "AU", "MX", "TR", "RO", "HU", "GR", "SG", "VN", "ID", "ZA", "AR", "IL",
}
