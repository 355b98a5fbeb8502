package serverlog

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// The largest requests that there can be, of bytes that do not compress.
func TestBlocksOfTheLargestRequests(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	noise := func() string {
		b := make([]byte, record.MaxText+100)
		random.Read(b)
		return string(b)
	}
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: quiet})
	const requests = 30
	for n := range requests {
		r := numbered(n)
		r.Error = &record.Failure{}
		for _, s := range requestTextsOf(r) {
			if s != &r.RequestID {
				*s = noise()
			}
		}
		for _, s := range failureTextsOf(r.Error) {
			*s = noise()
		}
		mustRecord(t, l, r)
	}
	if got := list(t, l, query.Requests{}); len(got) != requests {
		t.Errorf("%d of %d requests", len(got), requests)
	}
	mustSeal(t, l)
	if got := list(t, l, query.Requests{}); len(got) != requests {
		t.Errorf("%d of %d requests", len(got), requests)
	}
	if h := l.Health(); h.Damaged != 0 || h.State != record.StateOK {
		t.Errorf("health %+v", h)
	}
}

func mustSeal(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Seal(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// Whatever the traffic, few blocks are left unmerged, no request is merged often,
// and the blocks cover the same requests as before.
func TestMergesEndInFullBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{1, 1, 10, 600, 5000, 16384}).Draw(t, "rows of a flush")
		vary := rapid.Bool().Draw(t, "vary")
		var list catalogue
		next, work, requests := uint64(0), 0, 0
		for range rapid.IntRange(1, 3000).Draw(t, "flushes") {
			rows := size
			if vary {
				rows = 1 + rand.IntN(size)
			}
			list = append(list, blockMeta{first: next, last: next + uint64(rows) - 1, rows: rows, head: 100 + rows*4, body: 100 + rows*6})
			next, requests = next+uint64(rows), requests+rows
			for run := list.due(false, nil); run != nil; run = list.due(false, nil) {
				merged := blockMeta{first: run[0].first, last: run[len(run)-1].last}
				for _, p := range run {
					merged.rows, merged.head, merged.body = merged.rows+p.rows, merged.head+p.head, merged.body+p.body
				}
				if merged.rows > block.MaxRows || merged.head > kv.MaxValue || merged.body > kv.MaxValue || len(run) < 2 {
					t.Fatalf("%d blocks make one of %d rows, %d and %d bytes", len(run), merged.rows, merged.head, merged.body)
				}
				work += merged.rows
				list = list.with(&merged, run)
			}
		}
		left, at := 0, uint64(0)
		for _, p := range list {
			if p.first != at {
				t.Fatalf("a block begins with %d and not with %d", p.first, at)
			}
			at = p.last + 1
			if !p.full() && p.rows < block.MaxRows/2 {
				left++
			}
		}
		if at != next || left > 5*mergeTogether || work > 6*requests {
			t.Fatalf("up to %d of %d; %d of %d blocks are not full; each request was merged %.1f times", at, next, left, len(list), float64(work)/float64(requests))
		}
	})
}

// Merged blocks hold what the blocks held, in a few blocks.
func TestSealMakesFewBlocks(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	const requests = 3000
	for n := range requests {
		r := numbered(n)
		r.Time = r.Time.Add(-time.Duration(n) * 2 * time.Hour)
		r.UserAgent = strings.Repeat("x", n%500)
		mustRecord(t, l, r)
		if n%7 == 0 {
			mustFlush(t, l)
		}
	}
	before := list(t, l, query.Requests{Limit: query.MaxLimit})
	mustSeal(t, l)
	if h := l.Health(); h.Blocks != 1 || h.Entries != requests {
		t.Errorf("%d requests in %d blocks", h.Entries, h.Blocks)
	}
	closeLog(t, l)
	l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
	after := list(t, l, query.Requests{Limit: query.MaxLimit})
	if len(before) != requests || strings.Join(before, " ") != strings.Join(after, " ") {
		t.Errorf("%d requests before, %d after", len(before), len(after))
	}
}
