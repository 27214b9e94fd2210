package work

import (
	"fmt"
	"io/fs"
	"syscall"
)

// outputFlags keep the server from waiting for a pipe.
const outputFlags = syscall.O_NONBLOCK

// checkOutput refuses a result that is no file of the program's user.
func checkOutput(info fs.FileInfo, user *User) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular() || !ok || stat.Nlink != 1:
		return fmt.Errorf("%s is not a file of its own", output)
	case user != nil && stat.Uid != user.UID:
		return fmt.Errorf("%s belongs to user %d", output, stat.Uid)
	}
	return nil
}

// onDisk returns the octets that a file takes on the disk.
func onDisk(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * 512
	}
	return info.Size()
}
