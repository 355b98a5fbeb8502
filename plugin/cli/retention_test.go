package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/applog"
	storecheck "github.com/gatebook/gatebook/store/check"
	"github.com/gatebook/gatebook/store/retention"
	"github.com/gatebook/gatebook/store/serverlog"
)

func TestPrintRetention(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	report := retention.Report{
		Time: now,
		ServerLog: retention.ServerReport{
			Retained:        serverlog.Retained{Deleted: 1203, Shortened: 4711, BytesBefore: 45 << 20, BytesAfter: 33 << 20},
			DeletedBefore:   now.AddDate(0, 0, -30),
			ShortenedBefore: now.AddDate(0, 0, -7),
			DurationMS:      1234,
		},
		ApplicationLog: retention.ApplicationLog{
			Retained: applog.Retained{
				Deleted: map[string]uint64{"login": 1200, "user": 3}, Anonymized: map[string]uint64{"booking": 1},
				BytesBefore: 3 << 20, BytesAfter: 3 << 20,
			},
			DurationMS: 70,
		},
	}
	dry, unchanged := report, report
	dry.DryRun = true
	unchanged.ServerLog = retention.ServerReport{Retained: serverlog.Retained{Deleted: 1, BytesBefore: 5 << 20, BytesAfter: 6 << 20}, DeletedBefore: now}
	unchanged.ApplicationLog = retention.ApplicationLog{}
	for want, r := range map[string]retention.Report{
		"server log: deleted 1,203 requests older than 2026-10-24 00:00:00, shortened the address of 4,711 requests older than 2026-11-16 00:00:00\n" +
			"  12 MiB freed (45 MiB → 33 MiB) in 1.23s\n" +
			"application log: deleted 1,203 entries, anonymized 1 entry\n  nothing freed (3.0 MiB → 3.0 MiB) in 70ms\n": report,
		"server log: would delete 1,203 requests older than 2026-10-24 00:00:00, would shorten the address of 4,711 requests older than 2026-11-16 00:00:00\n" +
			"application log: would delete 1,203 entries, would anonymize 1 entry\n": dry,
		"server log: deleted 1 request older than 2026-11-23 00:00:00\n  nothing freed (5.0 MiB → 6.0 MiB) in 0s\n" +
			"application log: deleted 0 entries, anonymized 0 entries\n  nothing freed (0 B → 0 B) in 0s\n": unchanged,
	} {
		var out strings.Builder
		if err := printRetention(&out, r, time.UTC); err != nil || out.String() != want {
			t.Errorf("printed %q, %v; want %q", out.String(), err, want)
		}
	}
}

func TestPrintChecked(t *testing.T) {
	found := store.Checked{
		ServerLog:      storecheck.Log{Blocks: 153, Entries: 10_000_000},
		ApplicationLog: storecheck.Log{Entries: 1, Missing: 2, Damaged: 3, Faults: []storecheck.Fault{{What: "event 7", Reason: "it is torn"}}},
	}
	want := "server log: 153 blocks, 10,000,000 requests: all good\n" +
		"application log: 1 event: 3 faults, 2 missing\n  event 7: it is torn\n  and 2 more\n"
	var out strings.Builder
	if err := printChecked(&out, found); err != nil || out.String() != want {
		t.Errorf("printed %q, %v; want %q", out.String(), err, want)
	}
}
