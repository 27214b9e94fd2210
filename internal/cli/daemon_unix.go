//go:build unix

package cli

import (
	"os"
	"syscall"
)

// newSession makes a process the leader of a session of its own, without a terminal.
func newSession() (*syscall.SysProcAttr, error) { return &syscall.SysProcAttr{Setsid: true}, nil }

// inheritedPipe returns the pipe of the process in the background: the first file after
// standard error. Processes that it starts do not inherit the pipe.
func inheritedPipe() *os.File {
	const fd = 3
	syscall.CloseOnExec(fd)
	return os.NewFile(fd, "foreground")
}
