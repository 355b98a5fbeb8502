//go:build unix

package serverlog

import (
	"bufio"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gatebook/gatebook/record"
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
// takes on the disk with the merges that are due: of a real log, with a flush for
// so many requests.
func BenchmarkFlush(b *testing.B) {
	requests := apacheLog(b)
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
	requests := apacheLog(b)
	l := openTestServerLog(b, b.TempDir(), Options{FlushEvery: quiet, QueueBytes: 64 << 20})
	for i := range requests {
		if !l.Record(&requests[i]) {
			b.Fatal("dropped")
		}
	}
	mustFlush(b, l)
	for name, q := range map[string]record.RequestQuery{
		"newest":  {Limit: 50},
		"address": {Limit: 50, Prefix: netip.MustParsePrefix("83.149.9.216/32")},
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

var combined = regexp.MustCompile(`^(\S+) \S+ (\S+) \[([^]]+)\] "(\S+) (\S+) ([^"]*)" (\d+) (\d+|-) "(.*?)" "(.*?)"?$`)

// apacheLog reads 10,000 lines of a real log.
func apacheLog(t testing.TB) (requests []record.Request) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "shared", "data", "access", "apache_logs"))
	if err != nil {
		t.Fatalf("the sample log is missing: %v", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		m := combined.FindStringSubmatch(lines.Text())
		if m == nil {
			t.Fatalf("not in combined form: %s", lines.Text())
		}
		r := record.Request{Method: m[4], Proto: m[6], Referer: strings.TrimPrefix(m[9], "-"), UserAgent: m[10], Verdict: record.VerdictPass}
		if r.Time, err = time.Parse("02/Jan/2006:15:04:05 -0700", m[3]); err != nil {
			t.Fatal(err)
		}
		r.Path, r.Query, _ = strings.Cut(m[5], "?")
		r.IP, _ = netip.ParseAddr(m[1])
		r.Status, _ = strconv.Atoi(m[7])
		r.Bytes, _ = strconv.ParseInt(m[8], 10, 64)
		requests = append(requests, r)
	}
	return requests
}
