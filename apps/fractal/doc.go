// Package fractal encodes and decodes the messages of the Fractal Generator Protocol
// (FGP): a pool user orders a picture with a [Parameter] message, a pool element
// calculates it point by point, row by row, and sends the values in [Data] messages,
// the last of which is the finalizer ([Data.Final]). A [Cookie] holds the order and
// the position, from which the next element goes on after a failover.
//
// [Parse] decodes a message; the AppendBinary method of a message encodes it. The
// messages have the payload protocol identifier [PPID].
package fractal
