//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpuTime returns the processor time of the program, outside of the kernel and inside.
func cpuTime() (user, system time.Duration) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, 0
	}
	return time.Duration(usage.Utime.Nano()), time.Duration(usage.Stime.Nano())
}
