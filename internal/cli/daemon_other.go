//go:build !unix

package cli

import (
	"errors"
	"os"
	"syscall"
)

// detached fails: processes begin no sessions here.
func detached() (*syscall.SysProcAttr, error) {
	return nil, errors.New("--daemonpidfile: not on this system; have a service manager run the program")
}

// inheritedPipe is not called, since there is no process in the background.
func inheritedPipe() *os.File { return os.Stderr }
