package crawler

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
)

func TestAll(t *testing.T) {
	names := map[string]bool{}
	for i, c := range All() {
		if c.Name == "" || c.Name != strings.ToLower(c.Name) || len(c.Domains) == 0 {
			t.Errorf("%+v", c)
		}
		if names[c.Name] || Index(c.Name) != i {
			t.Errorf("%s is there twice", c.Name)
		}
		names[c.Name] = true
	}
	if Index("none") != -1 {
		t.Error("an unknown engine has an index")
	}
}

func TestPublished(t *testing.T) {
	google := &All()[Index("googlebot")]
	if !google.Published(netip.MustParseAddr("66.249.73.135")) || google.Published(netip.MustParseAddr("198.51.100.66")) {
		t.Error("the published ranges are not those of the list")
	}
}

func TestClaims(t *testing.T) {
	var c Claims
	addr := netip.MustParseAddr("198.51.100.66")
	if genuine, isNew := c.Add(addr, 0, 7); genuine || !isNew {
		t.Errorf("the first time: %v, %v", genuine, isNew)
	}
	if genuine, isNew := c.Add(addr, 0, 8); genuine || isNew {
		t.Errorf("before the answer: %v, %v", genuine, isNew)
	}
	if _, isNew := c.Add(addr, 1, 7); !isNew {
		t.Error("another engine is the same claim")
	}
	if agent := c.Settle(addr, 0, true); agent != 7 {
		t.Errorf("user agent %d", agent)
	}
	if genuine, _ := c.Add(addr, 0, 7); !genuine {
		t.Error("a confirmed claim is not genuine")
	}
	c.Settle(addr, 0, false)
	if genuine, isNew := c.Add(addr, 0, 7); genuine || isNew {
		t.Error("a refuted claim is genuine, or asked about again")
	}
}

// Claims are bounded; what is forgotten is asked about again.
func TestClaimsAreBounded(t *testing.T) {
	var c Claims
	for i := range 3 * maxClaims {
		c.Add(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(i)))), 0, 0)
		if len(c.answers) > maxClaims {
			t.Fatalf("%d claims are remembered", len(c.answers))
		}
	}
	if _, isNew := c.Add(netip.AddrFrom4([4]byte{}), 0, 0); !isNew {
		t.Error("the first claim is still known")
	}
}
