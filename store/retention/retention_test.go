package retention

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store"
)

const day = 24 * time.Hour

var now = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)

// aged is a store with a request of each age in days.
func aged(t *testing.T, days ...int) *store.Store {
	t.Helper()
	s, err := store.Open(t.TempDir(), store.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, n := range days {
		s.ServerLog.Record(&record.Request{
			Time: now.Add(-time.Duration(n) * day), IP: netip.MustParseAddr("203.0.113.77"), Method: "GET", Path: fmt.Sprintf("/%d", n), Status: 200,
		})
	}
	return s
}

// kept is what there is, newest first.
func kept(t *testing.T, s *store.Store) string {
	t.Helper()
	if err := s.ServerLog.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	var list []string
	err := s.ServerLog.Each(context.Background(), query.Requests{}, func(r *record.Request) error {
		list = append(list, r.Path+" "+r.IP.String())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, ", ")
}

func TestRun(t *testing.T) {
	const all = "/0 203.0.113.77, /5 203.0.113.77, /10 203.0.113.77, /40 203.0.113.77"
	for name, c := range map[string]struct {
		policy             ServerLog
		dry                bool
		deleted, shortened uint64
		kept               string
	}{
		"both":                {ServerLog{30 * day, 7 * day}, false, 1, 1, "/0 203.0.113.77, /5 203.0.113.77, /10 203.0.113.0"},
		"dry":                 {ServerLog{30 * day, 7 * day}, true, 1, 1, all},
		"in full all along":   {ServerLog{30 * day, 0}, false, 1, 0, "/0 203.0.113.77, /5 203.0.113.77, /10 203.0.113.77"},
		"in full while kept":  {ServerLog{30 * day, 30 * day}, false, 1, 0, "/0 203.0.113.77, /5 203.0.113.77, /10 203.0.113.77"},
		"for ever, shortened": {ServerLog{0, 7 * day}, false, 0, 2, "/0 203.0.113.77, /5 203.0.113.77, /10 203.0.113.0, /40 203.0.113.0"},
		"for ever":            {ServerLog{}, false, 0, 0, all},
		"just that old":       {ServerLog{10 * day, 5 * day}, false, 1, 1, "/0 203.0.113.77, /5 203.0.113.77, /10 203.0.113.0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := aged(t, 0, 5, 10, 40)
			r, err := Run(context.Background(), s, Policy{ServerLog: c.policy}, now, c.dry)
			if err != nil || r.ServerLog.Deleted != c.deleted || r.ServerLog.Shortened != c.shortened || r.DryRun != c.dry || !r.Time.Equal(now) {
				t.Errorf("report %+v, %v", r, err)
			}
			if got := kept(t, s); got != c.kept {
				t.Errorf("kept %s, want %s", got, c.kept)
			}
			if last, err := s.ServerLog.LastRetained(); err != nil || last.IsZero() != c.dry {
				t.Errorf("last run %v, %v", last, err)
			}
		})
	}
}

func TestReportAsJSON(t *testing.T) {
	r, err := Run(context.Background(), aged(t, 40), Policy{ServerLog: ServerLog{Keep: 30 * day}}, now, false)
	if err != nil || !r.Changed() {
		t.Fatalf("%+v, %v", r, err)
	}
	text, err := json.Marshal(r.In(time.FixedZone("", 3600)))
	if err != nil || !strings.Contains(string(text), `"deleted":1,"shortened":0,"bytes_before":`) ||
		!strings.Contains(string(text), `"deleted_before":"2026-10-24T00:00:00+01:00","duration_ms":`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := aged(t, 40)
	if _, err := Run(ctx, s, Policy{ServerLog: ServerLog{Keep: day}}, now, false); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if last, err := s.ServerLog.LastRetained(); err != nil || !last.IsZero() {
		t.Errorf("it counts as one: %v, %v", last, err)
	}
}
