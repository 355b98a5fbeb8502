package applog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/storetest"
)

// BenchmarkAppend measures durable events a second behind the committer, and
// beside it what a transaction for each event would reach.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("committer/writers=%d", writers), func(b *testing.B) {
			a := openTestLog(b, b.TempDir(), Options{})
			benchmarkWriters(b, writers, func(e record.Event) error {
				return a.Append(context.Background(), e)
			})
		})
		b.Run(fmt.Sprintf("naive/writers=%d", writers), func(b *testing.B) {
			a := openTestLog(b, b.TempDir(), Options{})
			var seq atomic.Uint64
			benchmarkWriters(b, writers, func(ev record.Event) error {
				e, err := a.newEntry(ev)
				if err != nil {
					return err
				}
				return a.db.Update(func(txn *badger.Txn) error {
					e.event.Seq = seq.Add(1)
					end := codec.Last{Seq: e.event.Seq - 1}
					return e.put(txn, &end)
				})
			})
		})
	}
}

func benchmarkWriters(b *testing.B, writers int, add func(record.Event) error) {
	var next atomic.Int64
	took := make([]time.Duration, b.N)
	var wg sync.WaitGroup
	b.ResetTimer()
	for range writers {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				e := storetest.BookingEvent(int(n))
				start := time.Now()
				if err := add(e); err != nil {
					b.Error(err)
					return
				}
				took[n-1] = time.Since(start)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}
