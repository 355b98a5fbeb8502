//go:build unix

package serverlog

import (
	"context"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

func BenchmarkRecord(b *testing.B) {
	q := newQueue(64 << 20)
	r := sampleRequest()
	for range 2 {
		for q.record(r) {
		}
		q.drain(func(int64, []byte) {})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if !q.record(r) {
			b.StopTimer()
			q.drain(func(int64, []byte) {})
			b.StartTimer()
		}
	}
}

// BenchmarkFlush tells what a request costs in the background, and what it
// takes on the disk with the merges that are due: of a generated log, with a flush
// for so many requests.
func BenchmarkFlush(b *testing.B) {
	requests := generatedLog()
	for _, size := range []int{10, 100, 1000, 5000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			l := openTestServerLog(b, b.TempDir(), Options{FlushEvery: quiet, QueueBytes: 64 << 20})
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				for i := range requests {
					if !l.Record(&requests[i]) {
						b.Fatal("dropped")
					}
					if i%size == size-1 {
						mustFlush(b, l)
					}
				}
			}
			rows := float64(b.N * len(requests))
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/rows, "cpu-µs/request")
			b.ReportMetric(float64(keptBytes(l))/rows, "bytes/request")
		})
	}
}

// cpu is what the process has used: unlike the clock it does not depend on who
// else is running, and it counts the garbage collector and Badger.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// keptBytes sums up the values of all blocks.
func keptBytes(l *Log) (sum int) {
	for _, p := range l.snapshot() {
		sum += p.head + p.body
	}
	return sum
}

func BenchmarkRequests(b *testing.B) {
	requests := generatedLog()
	l := openTestServerLog(b, b.TempDir(), Options{FlushEvery: quiet, QueueBytes: 64 << 20})
	for i := range requests {
		if !l.Record(&requests[i]) {
			b.Fatal("dropped")
		}
	}
	mustFlush(b, l)
	for name, q := range map[string]query.Requests{
		"newest":  {Limit: 50},
		"address": {Limit: 50, Prefix: netip.PrefixFrom(requests[0].IP, requests[0].IP.BitLen())},
		"none":    {Limit: 50, Contains: "no such thing"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := l.Requests(context.Background(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// generatedLog returns 10,000 requests of a generated log.
func generatedLog() (requests []record.Request) {
	log := corpus.New(1, 10_000)
	for r := (record.Request{}); log.Next(&r); {
		r.Verdict = record.VerdictPass
		requests = append(requests, r)
	}
	return requests
}
