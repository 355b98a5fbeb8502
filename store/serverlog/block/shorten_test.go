package block

import (
	"net/netip"
	"testing"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

func TestShorten(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.7":               "203.0.113.0",
		"203.0.113.0":               "203.0.113.0",
		"2001:db8:1:2:3:4:5:6":      "2001:db8:1::",
		"::1":                       "::",
		"2001:db8:ffff:ffff:ffff::": "2001:db8:ffff::",
	} {
		b := netip.MustParseAddr(address).AsSlice()
		if long := isShort(b); long != (address == want) {
			t.Errorf("%s: short %t", address, long)
		}
		got, _ := netip.AddrFromSlice(Shorten(b))
		if got.String() != want || !isShort(b) {
			t.Errorf("%s becomes %s, want %s", address, got, want)
		}
	}
	if got := Shorten(nil); len(got) > 0 || !isShort(got) {
		t.Errorf("no address becomes %v", got)
	}
}

// Expired requests are counted and left out, and addresses are shortened, as a
// slice of the requests says.
func TestRetainedAgainstSlice(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	rapid.Check(t, func(t *rapid.T) {
		list := drawRequests(t, 1)
		limit := func(name string) int64 {
			at := list[rapid.IntRange(0, len(list)-1).Draw(t, name)].Time.UnixMicro()
			return at + rapid.Int64Range(-1, 1).Draw(t, "difference")
		}
		deleteBefore, shortenBefore := limit("delete before"), limit("shorten before")
		var want Expired
		var kept []numbered
		for _, n := range list {
			at := n.Time.UnixMicro()
			if at < deleteBefore {
				want.Gone++
				continue
			}
			if address := n.IP.AsSlice(); at < shortenBefore && !isShort(address) {
				want.Long++
				n.IP, _ = netip.AddrFromSlice(Shorten(address))
			}
			kept = append(kept, n)
		}

		r := NewReader(dec)
		head, body := encode(nil, list, enc)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		if got, err := r.CountExpired(deleteBefore, shortenBefore); err != nil || got != want {
			t.Fatalf("counted %+v, %v; want %+v", got, err, want)
		}
		var b Builder
		b.Reset()
		if err := b.AddRetained(r, deleteBefore, shortenBefore); err != nil || b.Len() != len(kept) {
			t.Fatalf("%d requests, %v; want %d", b.Len(), err, len(kept))
		}
		if len(kept) == 0 {
			return
		}
		head, body = b.Encode(enc, false)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		checkBlock(t, r, kept)
		checkHead(t, r, kept)
	})
}
