package main

import (
	"slices"
	"time"
)

// watchMemory looks every so often at what this process holds. What it
// returns ends that and returns the values, sorted.
func watchMemory(every time.Duration) (stop func() []int64) {
	seen := []int64{anonymous()}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				seen = append(seen, anonymous())
			case <-end:
				return
			}
		}
	}()
	return func() []int64 {
		close(end)
		<-ended
		seen = append(seen, anonymous())
		slices.Sort(seen)
		return seen
	}
}
