package request

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// A handler that closes the connection on purpose is no failure, and one that panics
// is the gate's, not the application's. Either panic goes on.
func TestUnwind(t *testing.T) {
	l := openLogs(t, detection.Settings{})
	for _, c := range []struct {
		path     string
		panicked any
	}{
		{"/abort", http.ErrAbortHandler},
		{"/panic", "no such desk"},
	} {
		func() {
			defer func() {
				if again := recover(); again != c.panicked {
					t.Errorf("%s: the panic became %v", c.path, again)
				}
			}()
			r := httptest.NewRequest("GET", c.path, nil)
			q := &Recorded{Site: NewSite(l, nil)}
			q.Start(httptest.NewRecorder(), r, nil, time.Now())
			l.InFlight.Enter(q, &q.place)
			defer q.Unwind(r)
			panic(c.panicked)
		}()
	}
	log, err := l.ServerLog()
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := log.Requests(context.Background(), query.Requests{})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d requests, %v", len(list), err)
	}
	if aborted := list[1]; aborted.Status != 444 || !aborted.Aborted || aborted.Error != nil || aborted.Failed() {
		t.Errorf("recorded %+v", aborted)
	}
	if failed := list[0]; failed.Status != 500 || !failed.Aborted || failed.FailureGroup().Source != record.SourceGate {
		t.Errorf("recorded %+v, failure %+v", failed, failed.Error)
	}
}
