//go:build !unix

package cli

import (
	"errors"
	"os"
	"syscall"
)

// newSession fails, because this system has no sessions of processes.
func newSession() (*syscall.SysProcAttr, error) {
	return nil, errors.New("--daemonpidfile: not supported on this system; use a service manager")
}

// inheritedPipe is never called, because no process runs in the background here.
func inheritedPipe() *os.File { return os.Stderr }
