package abuse_test

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// Everything may be called at the same time; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	var active atomic.Pointer[abuse.Detector]
	active.Store(newDetector(t, abuse.Config{Enforce: true, Verify: func(abuse.Crawler, netip.Addr) {}}))
	reload := func(n int) {
		c := abuse.Config{Enforce: n%2 == 0, Verify: func(abuse.Crawler, netip.Addr) {}}
		for k := range n % 3 {
			c.Own = append(c.Own, abuse.OwnRule{Rule: abuse.Rule{Name: fmt.Sprint("own", k), Action: abuse.Throttle}, Statuses: []int{404}})
		}
		next, err := active.Load().With(c)
		if err != nil {
			t.Error(err)
			return
		}
		active.Store(next)
	}
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 500 {
				d := active.Load()
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
					flags, known := d.TakeChanged(), d.TakeKnown()
					d.ReturnChanged(flags, now)
					d.ReturnKnown(known)
					for _, f := range d.TakeChanged() {
						d.Merge(f.Subject, &f, now)
					}
					d.Restore(flags, now)
					d.RestoreKnown(known, now)
					d.StateOf(abuse.Client{Addr: ip, Session: uint64(i % 20)}, now)
					d.Forget(func(f *record.Flag) bool { return f.Strikes == i%3 })
					reload(i/50 + worker)
				}
			}
		})
	}
	all.Wait()
}
