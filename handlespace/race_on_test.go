//go:build race

package handlespace

// raceDetector: the race detector has its own memory for all memory.
const raceDetector = true
