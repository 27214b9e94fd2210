// Package cluster tests rspregistrar on Linux. It runs several processes of the built program,
// kills, stops and separates them, and watches the answers that pool users get meanwhile.
package cluster
