package serverlog

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// However long requests are, a page holds only so much; all are found all the
// same, each once.
func TestPagesOfLongRequestsAreBounded(t *testing.T) {
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: quiet, QueueBytes: 64 << 20})
	random := rand.NewChaCha8([32]byte{3})
	noise := func() string {
		b := make([]byte, record.MaxText)
		random.Read(b)
		return string(b)
	}
	const requests = 1500
	for n := range requests {
		r := numbered(n)
		r.Path, r.UserAgent, r.Referer, r.Query = noise(), noise(), noise(), noise()
		mustRecord(t, l, r)
		if n%200 == 0 {
			mustFlush(t, l)
		}
	}
	next, q := requests, query.Requests{Limit: query.MaxLimit}
	for {
		page, cursor, err := l.Requests(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for i := range page {
			size += page[i].TextSize()
			if next--; page[i].RequestID != strconv.Itoa(next) {
				t.Fatalf("got %s, want %d", page[i].RequestID, next)
			}
		}
		if size > maxFoundTexts {
			t.Fatalf("a page of %d requests has %d bytes", len(page), size)
		}
		if q.Cursor = cursor; cursor == "" {
			break
		}
	}
	if next != 0 {
		t.Errorf("%d are missing", next)
	}
	found := 0
	err := l.Each(context.Background(), query.Requests{}, func(*record.Request) error { found++; return nil })
	if err != nil || found != requests {
		t.Errorf("%d of %d in one go, %v", found, requests, err)
	}
}

// A block that Each reads for several pages is read again when it has changed in
// between.
func TestEachSeesChangesBetweenPages(t *testing.T) {
	const requests = eachPage + eachPage/2
	now := numbered(requests).Time
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: quiet, QueueBytes: 64 << 20, Now: func() time.Time { return now }})
	for n := range requests {
		mustRecord(t, l, numbered(n))
	}
	if err := l.Seal(context.Background()); err != nil {
		t.Fatal(err)
	}
	const deleted, shortened = 1000, 2000
	next := requests
	err := l.Each(context.Background(), query.Requests{}, func(r *record.Request) error {
		if next == requests {
			mustRetain(t, l, Expiry{DeleteBefore: numbered(deleted).Time, ShortenBefore: numbered(shortened).Time})
		}
		next--
		if r.RequestID != strconv.Itoa(next) {
			t.Fatalf("got %s, want %d", r.RequestID, next)
		}
		if want := numbered(0).IP; (r.IP == want) != (next >= shortened) {
			t.Fatalf("%s has the address %s", r.RequestID, r.IP)
		}
		return nil
	})
	if err != nil || next != deleted {
		t.Errorf("the last one is %d, want %d, %v", next, deleted, err)
	}
}
