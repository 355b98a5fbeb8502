package plugin

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record/query"
)

// TestCachedRejection: a header that is wrong is told once, and not again each
// time that a cache replays it.
func TestCachedRejection(t *testing.T) {
	b, err := openBooks(filepath.Join(t.TempDir(), "acme"), "acme", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Destruct(); err != nil {
			t.Error(err)
		}
	})
	for _, cached := range []bool{false, true, true} {
		x := &exchange{books: b, cached: cached}
		x.Start(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), nil, time.Now())
		x.tell([]string{"no JSON", `{"category":"booking","text":"without an id"}`}, nil, 200, false)
	}
	log, err := b.events()
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := log.Events(context.Background(), query.Events{})
	if err != nil || len(list) != 2 {
		t.Errorf("%d entries, %v: %+v", len(list), err, list)
	}
	if n := b.health().ApplicationLog.Rejected; n != 1 {
		t.Errorf("%d rejected", n)
	}
}
