package block

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

// A builder that was used before makes the same block as a new one.
func TestBuilderIsReused(t *testing.T) {
	enc, _ := codecs(t, zstd.SpeedFastest)
	var used Builder
	rapid.Check(t, func(t *rapid.T) {
		list := drawRequests(t, 5)
		head, body := encode(nil, list, enc)
		used.Reset()
		if rapid.Bool().Draw(t, "grow") {
			used.Grow(len(list))
		}
		for i := range list {
			used.Add(list[i].id, &list[i].Request)
		}
		gotHead, gotBody := used.Encode(enc, false)
		if !bytes.Equal(gotHead, head) || !bytes.Equal(gotBody, body) {
			t.Fatal("a builder that was used makes another block")
		}
	})
}

func TestBuilderKeepsNothingOfARequest(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	memory := []byte("/path")
	q := record.Request{Path: text(memory), Error: &record.Failure{Message: text(memory)}, Time: time.Unix(1, 0)}
	var b Builder
	b.Reset()
	b.Add(1, &q)
	copy(memory, "other")
	q.Error.Source = "later"
	head, body := b.Encode(enc, false)
	r := NewReader(dec)
	var got record.Request
	if err := errors.Join(open(r, head, body), r.Request(0, &got)); err != nil {
		t.Fatal(err)
	}
	if got.Path != "/path" || got.Error.Message != "/path" || got.Error.Source != "" {
		t.Errorf("got %+v, %+v", got, got.Error)
	}
}

func TestBuilderSizes(t *testing.T) {
	var b Builder
	b.Reset()
	if b.Len() != 0 || b.TextSize() != 0 {
		t.Errorf("new: %d requests, %d bytes", b.Len(), b.TextSize())
	}
	b.Add(1, &record.Request{Path: "/desks"})
	size := b.TextSize()
	b.Add(2, &record.Request{Path: "/desks"})
	if b.Len() != 2 || b.TextSize() != size {
		t.Errorf("the same twice: %d requests, %d bytes, not %d", b.Len(), b.TextSize(), size)
	}
	b.Add(3, &record.Request{Path: "/" + strings.Repeat("x", 99)})
	if b.TextSize() != size+100 {
		t.Errorf("with a path of 100 bytes: %d bytes, not %d", b.TextSize(), size+100)
	}
	b.Reset()
	if b.Len() != 0 || b.TextSize() != 0 {
		t.Errorf("reset: %d requests, %d bytes", b.Len(), b.TextSize())
	}
}

// The least number has no code; it becomes the next one.
func TestLeastNumber(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	head, body := encode(t, []numbered{{1, record.Request{Bytes: math.MinInt64, BytesIn: math.MaxInt64}}}, enc)
	r := NewReader(dec)
	var got record.Request
	if err := errors.Join(open(r, head, body), r.Request(0, &got)); err != nil || got.Bytes != math.MinInt64+1 || got.BytesIn != math.MaxInt64 {
		t.Errorf("%d and %d bytes, %v", got.Bytes, got.BytesIn, err)
	}
}

// AddBlock takes the rows that it is told to, and alters only its own copy.
func TestAddBlockOfSomeRows(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	rapid.Check(t, func(t *rapid.T) {
		list := drawRequests(t, 1)
		keep := make([]bool, len(list))
		var want []numbered
		for i := range list {
			if keep[i] = rapid.Bool().Draw(t, "keep"); keep[i] {
				want = append(want, list[i])
			}
		}
		r := NewReader(dec)
		head, body := encode(nil, list, enc)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		var b Builder
		b.Reset()
		clearAll := func(_ int, address []byte) []byte { clear(address); return address }
		if err := b.AddBlock(r, func(row int) bool { return keep[row] }, clearAll); err != nil || b.Len() != len(want) {
			t.Fatalf("%d requests, %v; want %d", b.Len(), err, len(want))
		}
		checkBlock(t, r, list)
		for _, e := range b.dict[address].all() {
			if strings.Trim(e, "\x00") != "" {
				t.Fatalf("address %x is not altered", e)
			}
		}
		if !slices.IsSorted(b.ids) {
			t.Fatalf("numbers %v", b.ids)
		}
	})
}
