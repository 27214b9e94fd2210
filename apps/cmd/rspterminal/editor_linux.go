package main

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// keepLineEnds makes a terminal in raw mode begin a line after each line feed, for logs that share
// the terminal.
func keepLineEnds(fd int) {
	settings, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return
	}
	settings.Oflag |= unix.OPOST
	_ = unix.IoctlSetTermios(fd, unix.TCSETS, settings) // Without it, lines of the log are indented.
}

// onResize calls f now, and after each change of the terminal's size until stop is called.
func onResize(f func()) (stop func()) {
	f()
	changes := make(chan os.Signal, 1)
	signal.Notify(changes, unix.SIGWINCH)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-changes:
				f()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(changes)
		close(done)
	}
}
