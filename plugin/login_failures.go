package plugin

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/gatebook/gatebook/plugin/caddyhooks"
	"github.com/gatebook/gatebook/record"
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

// LoginFailed takes a failed login to the console.
func (c *Console) LoginFailed() { c.loginFailures.add(c.noteLoginFailures) }

// noteLoginFailures writes the audit entry. It has no user name: what was typed
// there may be a password.
func (c *Console) noteLoginFailures(n int) {
	in, err := c.app.instance(c.Instance)
	if err == nil {
		text := fmt.Sprintf("A login to the %s console failed.", c.Role)
		if n > 1 {
			text = fmt.Sprintf("%d logins to the %s console failed within a minute.", n, c.Role)
		}
		err = in.Note(context.Background(), record.Event{
			Type:       "console.login_failed",
			Text:       text,
			Key:        "gatebook.login_failed",
			Params:     map[string]string{"console": c.Role, "count": strconv.Itoa(n)},
			Impersonal: []string{"text", "params"},
			Outcome:    record.OutcomeDenied,
		})
	}
	if err != nil {
		c.log.Error("noting a login that failed", zap.Int("logins", n), zap.Error(err))
	}
}

// Interface guard
var _ caddyhooks.LoginObserver = (*Console)(nil)
