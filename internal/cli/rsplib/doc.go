// Package rsplib is the table of the options of RSPLIB's programs, the reference implementation of
// reliable server pooling: each option of each program with its values, its unit and its default,
// and with the differences of the programs of this project. Package rsplibtest compares the table
// with a program, and [Document] makes docs/coming-from-rsplib.md of it, together with the list of
// RSPLIB's faults.
package rsplib
