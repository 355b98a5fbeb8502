package plugin

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestLoginFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f loginFailures
		var reports []int
		add := func() { f.add(func(n int) { reports = append(reports, n) }) }
		for range 5 {
			add()
		}
		if want := []int{1}; !slices.Equal(reports, want) {
			t.Errorf("reported %v at once, want %v", reports, want)
		}
		time.Sleep(loginFailuresInterval)
		synctest.Wait()
		add()
		if want := []int{1, 4, 1}; !slices.Equal(reports, want) {
			t.Errorf("reported %v after a minute, want %v", reports, want)
		}
		time.Sleep(loginFailuresInterval)
		synctest.Wait()
		if len(reports) != 3 {
			t.Errorf("reported %v where no login failed", reports)
		}
	})
}
