package block

import (
	"maps"
	"net/netip"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

// valueOf is how a part's value of a request is written, or "".
func valueOf(p Part, r *record.Request) string {
	switch p {
	case Addresses:
		if r.IP.IsValid() {
			return r.IP.String()
		}
	case Paths:
		return r.Path
	case Browsers:
		return r.Browser
	case Countries:
		return r.Country
	case Networks:
		if r.ASN != 0 {
			return r.Network()
		}
	}
	return ""
}

func TestCountsAgainstSlice(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	rapid.Check(t, func(t *rapid.T) {
		list := drawRequests(t, 1)
		r := NewReader(dec)
		head, body := encode(nil, list, enc)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		p := Part(rapid.IntRange(0, int(Networks)).Draw(t, "part"))
		var rows []int32
		if rapid.Bool().Draw(t, "some") {
			rows = []int32{}
		}
		want := map[string]uint64{}
		for i := range list {
			if rows != nil {
				if !rapid.Bool().Draw(t, "row") {
					continue
				}
				rows = append(rows, int32(i))
			}
			if v := valueOf(p, &list[i].Request); v != "" {
				want[v]++
			}
		}
		got := map[string]uint64{}
		if err := r.Counts(p, rows, func(value []byte, n uint64) { got[PartText(p, value)] += n }); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, want) {
			t.Fatalf("part %d: got %v, want %v", p, got, want)
		}
	})
}

func TestSteps(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	list := []numbered{
		{1, record.Request{Time: time.UnixMicro(7), Status: 200, Bytes: 3}},
		{2, record.Request{Time: time.UnixMicro(5), Status: 404, Bytes: -1}},
		{3, record.Request{Time: time.UnixMicro(6), Status: 0}},
	}
	head, body := encode(t, list, enc)
	r := NewReader(dec)
	if err := open(r, head, body); err != nil {
		t.Fatal(err)
	}
	type step struct {
		micros int64
		class  int
		bytes  int64
	}
	var got []step
	if err := r.Steps([]int32{1, 0}, func(micros int64, class int, bytes int64) { got = append(got, step{micros, class, bytes}) }); err != nil {
		t.Fatal(err)
	}
	want := []step{{5, record.ClassOf(404), -1}, {7, record.ClassOf(200), 3}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPartText(t *testing.T) {
	r := record.Request{ASN: 3320, ASOrg: "Net", Country: "DE"}
	for want, c := range map[string]struct {
		part  Part
		value []byte
	}{
		"203.0.113.7": {Addresses, appendAddress(nil, netip.MustParseAddr("203.0.113.7"))},
		"::1":         {Addresses, appendAddress(nil, netip.MustParseAddr("::1"))},
		"no address":  {Addresses, []byte("no address")},
		"/desks":      {Paths, []byte("/desks")},
		r.Network():   {Networks, appendNetwork(nil, &r)},
		"\xff":        {Networks, []byte("\xff")},
	} {
		if got := PartText(c.part, c.value); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
