//go:build unix

package cli

import (
	"os"
	"syscall"
)

// detached has a process begin a session of its own, without a terminal.
func detached() (*syscall.SysProcAttr, error) { return &syscall.SysProcAttr{Setsid: true}, nil }

// inheritedPipe returns the pipe that the process in the background has: the first file
// behind the three that each process has. It is not for what that starts in turn.
func inheritedPipe() *os.File {
	const fd = 3
	syscall.CloseOnExec(fd)
	return os.NewFile(fd, "foreground")
}
