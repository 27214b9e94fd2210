// Package trial carries out attacks on programs on the stage, judges the harm, and writes the table of docs/attacks.md.
package trial
