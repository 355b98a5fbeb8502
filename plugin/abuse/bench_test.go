package abuse_test

import (
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"

var start = time.Date(2026, 11, 23, 7, 30, 0, 0, time.UTC)

// visit returns an ordinary request.
func visit(ip netip.Addr, path string) *record.Request {
	return &record.Request{
		IP: ip, Method: "GET", Path: path, Query: "day=mon", Status: 200, Proto: "HTTP/2.0", Host: "booking.example.com",
		UserAgent: browser, Referer: "https://booking.example.com/desks",
	}
}

// steady returns a function that makes a request of a client that is known already.
func steady(t testing.TB, v6 bool) func() {
	d := newDetector(t, abuse.Config{Enforce: true})
	var list []*abuse.Request
	for i := range 1024 {
		ip := netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)})
		if v6 {
			ip = netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i >> 8), byte(i), 15: 1})
		}
		list = append(list, &abuse.Request{Request: visit(ip, "/desks/23")})
	}
	now, i := start, 0
	one := func() {
		r := list[i%len(list)]
		i++
		now = now.Add(time.Millisecond)
		d.Admit(abuse.Client{Addr: r.IP, UserAgent: r.UserAgent, Path: r.Path}, now)
		d.Observe(r, now)
	}
	for range 4 * len(list) {
		one()
	}
	return one
}

func BenchmarkAdmitAndObserve(b *testing.B) {
	for name, v6 := range map[string]bool{"IPv4": false, "IPv6": true} {
		b.Run(name, func(b *testing.B) {
			one := steady(b, v6)
			b.ReportAllocs()
			before := cpu()
			for b.Loop() {
				one()
			}
			b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// cpu returns the processor time of this process, because other processes may use
// the machine too.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Counting a request of a known client allocates nothing.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		if n := testing.AllocsPerRun(10_000, steady(t, v6)); n != 0 {
			t.Errorf("%v allocations a request", n)
		}
	}
}
