package request

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/record/query"
)

// A malformed header is stored once, and not again each time that a cache replays it.
// An event without id that is not stored is counted.
func TestCachedRejection(t *testing.T) {
	l := openLogs(t, detection.Settings{})
	for _, cached := range []bool{false, true, true} {
		q := &Recorded{Site: NewSite(l, nil), cached: cached}
		q.Start(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), nil, time.Now())
		q.appendEvents([]string{"no JSON", `{"category":"booking","text":"without an id"}`}, nil, 200, false)
	}
	log, err := l.AppLog()
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := log.Events(context.Background(), query.Events{})
	if err != nil || len(list) != 2 {
		t.Errorf("%d entries, %v: %+v", len(list), err, list)
	}
	if n := l.Health().ApplicationLog.Rejected; n != 1 {
		t.Errorf("%d rejected", n)
	}
	if n := l.Health().ApplicationLog.NotTaken; n != 2 {
		t.Errorf("%d counted as not taken", n)
	}
}
