// Package fractal encodes and decodes the messages of the Fractal Generator Protocol
// (FGP): a pool user orders a picture with a [Parameter] message, a pool element
// calculates it point by point, row by row, and sends the values in [Data] messages,
// the last of which is the finalizer ([Data.Final]). A [Cookie] holds the order and
// the position: with it another element goes on where the first one stopped.
//
// [Parse] decodes a message; the AppendBinary method of a message encodes it. The
// messages go with payload protocol identifier [PPID].
package fractal
