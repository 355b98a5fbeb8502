//go:build unix

package applog

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/storetest"
)

// BenchmarkCost measures what an event costs the processor: to append it while the
// follower stands still, and to apply it, with the compactions that this causes.
func BenchmarkCost(b *testing.B) {
	b.Run("append", func(b *testing.B) {
		a, release := openHeld(b, b.TempDir(), Options{})
		defer release()
		start := cpuTime(b)
		benchmarkWriters(b, 256, func(e record.Event) error { return a.Append(context.Background(), e) })
		b.ReportMetric(float64((cpuTime(b)-start).Nanoseconds())/1000/float64(b.N), "cpu-µs/event")
	})
	b.Run("apply", func(b *testing.B) {
		a, release := openHeld(b, b.TempDir(), Options{})
		list := make([]record.Event, 0, 500)
		for n := range b.N {
			if list = append(list, storetest.BookingEvent(n)); len(list) == cap(list) || n == b.N-1 {
				if err := a.Append(context.Background(), list...); err != nil {
					b.Fatal(err)
				}
				list = list[:0]
			}
		}
		b.ResetTimer()
		start := cpuTime(b)
		release()
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64((cpuTime(b)-start).Nanoseconds())/1000/float64(b.N), "cpu-µs/event")
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		b.ReportMetric(0, "ns/op")
	})
}

// cpuTime is the processor time of this process.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
