package plugin

import (
	"sync"
	"time"
)

// loginFailures counts failed logins, so that password guessing does not fill
// the log: the first is reported at once, and those within the minute after it
// together.
type loginFailures struct {
	mu      sync.Mutex
	waiting bool
	count   int
}

const loginFailuresInterval = time.Minute

func (f *loginFailures) add(report func(n int)) {
	f.mu.Lock()
	f.count++
	now := !f.waiting
	n := f.count
	if now {
		f.waiting, f.count = true, 0
		time.AfterFunc(loginFailuresInterval, func() { f.reportRest(report) })
	}
	f.mu.Unlock()
	if now {
		report(n)
	}
}

func (f *loginFailures) reportRest(report func(n int)) {
	f.mu.Lock()
	n := f.count
	f.waiting, f.count = false, 0
	f.mu.Unlock()
	if n > 0 {
		report(n)
	}
}
