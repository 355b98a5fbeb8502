package block

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/record"
)

// A head and a body that can each be read, and do not belong together.
func TestVerifyNamesWhatDoesNotFit(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	var list []numbered
	for i, status := range []int{200, 404, 200, 200, 404} {
		list = append(list, numbered{uint64(i), record.Request{
			Time: time.Unix(int64(i)*20, 0).UTC(), IP: ips[1+i%2], Method: "GET", Path: "/", Status: status, Bytes: 7,
		}})
	}
	// of makes a block of the requests as change leaves them.
	of := func(change func(l []numbered)) (head, body []byte) {
		other := slices.Clone(list)
		change(other)
		return encode(t, other, enc)
	}
	head, body := of(func([]numbered) {})
	recounted, _ := of(func(l []numbered) { l[2].Status = 404 })
	resized, _ := of(func(l []numbered) { l[2].Bytes++ })
	moved, _ := of(func(l []numbered) { l[2].Status, l[4].Status = 404, 200 })
	_, unsorted := of(func(l []numbered) { l[1].Time, l[2].Time = l[2].Time, l[1].Time })
	_, _, rest, err := parseHead(head)
	if err != nil {
		t.Fatal(err)
	}
	short := slices.Clone(head)
	short[len(head)-len(rest)-1] |= flagShort

	for name, c := range map[string]struct {
		head, body []byte
		want       string // "" for none
	}{
		"all is well":        {head, body, ""},
		"counts of statuses": {recounted, body, "column 12: the head counts its entries otherwise"},
		"bytes":              {resized, body, "other bytes over time"},
		"counts over time":   {moved, body, "counts fewer requests over time"},
		"order":              {head, unsorted, "not in the order of their times"},
		"shortened":          {short, body, "an address is not shortened"},
		"truncated":          {head, body[:len(body)-3], "not well formed"},
	} {
		r := NewReader(dec)
		if err := open(r, c.head, c.body); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := r.Verify(); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
