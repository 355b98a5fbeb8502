package block

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

// A block of a part of the requests is the same, byte for byte, as one that was made
// of these requests alone, whatever the builder held before.
func TestTakeMakesTheBlockOfAPart(t *testing.T) {
	enc, _ := codecs(t, zstd.SpeedFastest)
	var part Builder
	rapid.Check(t, func(t *rapid.T) {
		list := drawRequests(t, 5)
		var all Builder
		all.Reset()
		for i := range list {
			all.Add(list[i].id, &list[i].Request)
		}
		start := rapid.IntRange(0, len(list)-1).Draw(t, "start")
		end := rapid.IntRange(start+1, len(list)).Draw(t, "end")
		wantHead, wantBody := encode(nil, list[start:end], enc)
		part.Take(&all, start, end)
		head, body := part.Encode(enc, false)
		if !bytes.Equal(head, wantHead) || !bytes.Equal(body, wantBody) {
			t.Fatalf("requests %d to %d of %d make another block", start, end, len(list))
		}
		wantHead, wantBody = encode(nil, list, enc)
		head, body = all.Encode(enc, false)
		if !bytes.Equal(head, wantHead) || !bytes.Equal(body, wantBody) {
			t.Fatal("a builder that a part was taken of makes another block")
		}
	})
}

func TestEstimate(t *testing.T) {
	var e Estimate
	check := func(what string, rows, text, wantHead, wantBody int) {
		t.Helper()
		if head, body := e.Values(rows, text); head != wantHead || body != wantBody {
			t.Errorf("%s: %d, %d; want %d, %d", what, head, body, wantHead, wantBody)
		}
	}
	check("unknown", 100, 5000, 5000, 1600)
	e.Learn(999, 1, 1, 1, false)
	check("of few rows", 100, 5000, 5000, 1600)
	e.Learn(1000, 20_000, 10_000, 8000, false)
	check("quick", 100, 5000, 2500, 800)
	e.Learn(1000, 20_000, 9000, 4000, true)
	check("dense", 100, 5000, 2362, 600)
	e.Learn(1000, 20_000, 20_000, 8000, false)
	check("traffic that compresses worse", 100, 5000, 3750, 600)
}
