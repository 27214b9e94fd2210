//go:build race

package handlespace

// raceDetector reports whether the race detector is on, which uses memory of its own.
const raceDetector = true
