//go:build !linux

package main

// keepLineEnds has no effect on systems other than Linux.
func keepLineEnds(int) {}

// onResize calls f once.
func onResize(f func()) (stop func()) {
	f()
	return func() {}
}
