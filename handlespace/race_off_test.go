//go:build !race

package handlespace

const raceDetector = false
