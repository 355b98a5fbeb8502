package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// cpuOf is the CPU time that a running process has used, to the nanosecond:
// /proc has it in ticks of ten milliseconds. The clock's number is what
// clock_getcpuclockid(3) makes of the process's.
func cpuOf(pid int) (time.Duration, error) {
	const scheduler = 2 // CPUCLOCK_SCHED
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduler), &t); err != nil {
		return 0, fmt.Errorf("the CPU time of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}
