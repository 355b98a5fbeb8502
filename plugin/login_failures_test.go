package plugin

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLoginFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f loginFailures
		var mu sync.Mutex // the timer reports from a goroutine of its own
		var reports []int
		add := func() {
			f.add(func(n int) {
				mu.Lock()
				defer mu.Unlock()
				reports = append(reports, n)
			})
		}
		reported := func() []int {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(reports)
		}
		for range 5 {
			add()
		}
		if want := []int{1}; !slices.Equal(reported(), want) {
			t.Errorf("reported %v at once, want %v", reported(), want)
		}
		time.Sleep(loginFailuresInterval)
		synctest.Wait()
		add()
		if want := []int{1, 4, 1}; !slices.Equal(reported(), want) {
			t.Errorf("reported %v after a minute, want %v", reported(), want)
		}
		time.Sleep(loginFailuresInterval)
		synctest.Wait()
		if len(reported()) != 3 {
			t.Errorf("reported %v where no login failed", reported())
		}
	})
}
