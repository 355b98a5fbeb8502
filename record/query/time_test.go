package query_test

import (
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

func TestParseDecisionTime(t *testing.T) {
	for s, want := range map[string]time.Duration{"1s": time.Second, "4h": 4 * time.Hour, "1h30m": 90 * time.Minute, "30d": 720 * time.Hour, "3650d": record.LongestDecision} {
		if got, err := query.ParseDecisionTime(s); err != nil || got != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "0", "4", "-4h", "999ms", "3651d", "65536d", "1w", "87600h1s", "4 h", "NaNh"} {
		if got, err := query.ParseDecisionTime(s); err == nil {
			t.Errorf("%s: %v", s, got)
		}
	}
}
