//go:build !unix

package main

import "time"

// cpuTime returns 0, because the processor time is not known here.
func cpuTime() (user, system time.Duration) { return 0, 0 }
