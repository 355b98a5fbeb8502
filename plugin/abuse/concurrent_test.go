package abuse_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// Everything may be called at the same time; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	d := newDetector(t, abuse.Config{Enforce: true, Verify: func(abuse.Crawler, netip.Addr) {}})
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 500 {
				now := start.Add(time.Duration(i) * time.Millisecond)
				ip := netip.AddrFrom4([4]byte{203, 0, 113, byte(i % 16)})
				r := missing(ip, fmt.Sprintf("/%d/.env", i))
				if i%7 == 0 {
					r.UserAgent = "Googlebot/2.1"
				}
				d.Admit(abuse.Client{Addr: ip, UserAgent: r.UserAgent, Session: uint64(i % 20), Path: r.Path}, now)
				d.Observe(&abuse.Request{Request: r, Session: uint64(i % 20)}, now)
				d.Login(&abuse.LoginEvent{Addr: ip, Account: fmt.Sprint(i % 30), Success: i%3 == 0, Session: uint64(i % 20), Path: "/login"}, now)
				if i%50 == worker {
					_, _ = d.Decide(addressOf(ip), record.Decision{Decision: record.DecisionKinds[i/50%6], By: "sec"}, now)
					_, _ = d.Verified(abuse.Crawler{Name: "googlebot"}, ip, i%2 == 0, now)
					d.Restore(d.Changed(), now)
				}
			}
		})
	}
	all.Wait()
}
