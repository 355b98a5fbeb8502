//go:build unix

package serverlog

import (
	"context"
	"encoding/binary"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/plugin/useragent"
	"github.com/gatebook/gatebook/record"
)

// What BenchmarkIngest records: so many requests a second, for so many seconds.
const (
	ingestRate    = 25_000
	ingestSeconds = 24
)

// BenchmarkIngest measures the CPU time of a request from Record to a merged block:
// queue, naming, a flush for each second, merges, Badger and the garbage collector.
// Sealing is measured apart: a server seals when it is told to.
//
// All agents have been named before, as on a server that has run for a while. The requests are made before, and lie outside of Go's heap: the collector works as
// often as in a process that has nothing but the log. Reading them back takes
// "subtracted", which is measured alone and not in the other figures.
func BenchmarkIngest(b *testing.B) {
	log := ingestLog(b)
	agents := useragent.New()
	for r := range log.requests() {
		agents.Name(r.UserAgent)
	}
	var with, without, sealed time.Duration
	var size int
	for b.Loop() {
		before := cpu(b)
		for range log.requests() {
		}
		without += cpu(b) - before

		before = cpu(b)
		l := openTestServerLog(b, b.TempDir(), Options{
			FlushEvery: quiet,
			Name:       func(r *record.Request) { r.Browser, r.OS = agents.Parse(r.UserAgent) },
		})
		n := 0
		for r := range log.requests() {
			for !l.Record(r) {
				mustFlush(b, l)
			}
			if n++; n%ingestRate == 0 {
				mustFlush(b, l)
			}
		}
		settle(b, l)
		with += cpu(b) - before
		before = cpu(b)
		if err := l.Seal(context.Background()); err != nil {
			b.Fatal(err)
		}
		sealed += cpu(b) - before
		size = keptBytes(l)
	}
	n := float64(b.N * ingestSeconds * ingestRate)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64((with-without).Nanoseconds())/1e3/n, "cpu-µs/request")
	b.ReportMetric(float64(sealed.Nanoseconds())/1e3/n, "seal-µs/request")
	b.ReportMetric(float64(without.Nanoseconds())/1e3/n, "subtracted-µs/request")
	b.ReportMetric(float64(size)/(ingestSeconds*ingestRate), "bytes/request")
}

// settle waits until no merge is due.
func settle(tb testing.TB, l *Log) {
	tb.Helper()
	for l.snapshot().due(false, nil) != nil {
		mustFlush(tb, l)
	}
}

// encodedLog are encoded requests, in memory that the collector does not count.
type encodedLog []byte

func ingestLog(tb testing.TB) encodedLog {
	tb.Helper()
	b, err := unix.Mmap(-1, 0, ingestRate*ingestSeconds*512, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := unix.Munmap(b); err != nil {
			tb.Error(err)
		}
	})
	log := corpus.New(1, ingestRate*ingestSeconds)
	n := 0
	for r := (record.Request{}); log.Next(&r); {
		r.Verdict = record.VerdictPass
		n = len(appendFrame(b[:n:len(b)], &r))
	}
	return b[:n]
}

func (l encodedLog) requests() func(func(*record.Request) bool) {
	return func(yield func(*record.Request) bool) {
		var r record.Request
		for b := l; len(b) > 0; {
			end := frameHeader + int(binary.BigEndian.Uint32(b))
			body := b[frameHeader:end]
			if decodeRequest(unsafe.String(unsafe.SliceData(body), len(body)), &r) != nil {
				panic("a request that was just encoded")
			}
			r.Time = microTime(int64(binary.BigEndian.Uint64(b[4:])))
			if !yield(&r) {
				return
			}
			b = b[end:]
		}
	}
}
