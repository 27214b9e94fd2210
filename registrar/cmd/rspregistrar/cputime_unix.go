//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpuTime returns how long the program has used processors, for itself and within
// the system.
func cpuTime() (user, system time.Duration) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, 0
	}
	return time.Duration(usage.Utime.Nano()), time.Duration(usage.Stime.Nano())
}
