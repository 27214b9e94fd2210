// Package corpus cuts captures and vectors into seeds for the fuzz targets of all modules.
//
// The way of a seed:
//
//  1. [Cut] takes captures and vectors apart into pieces: files, packets, messages, parameters, cookies, texts. Each piece
//     has an [Origin].
//  2. The form of a target turns pieces into its arguments. Targets without a form have seeds of fuzzing only.
//  3. Each seed is dropped that reaches no statement beyond those which the seeds before it reach.
//  4. [Update] writes the rest to testdata/fuzz in the folder of the target, from where the go command reads them in every
//     test and before fuzzing. The [Index] tells the origin of each, and as what it decodes.
//
// Coverage is that of go test -cover in mode set, over all packages of the project that the test links. A batch of
// seeds runs in one process. If the batch reaches nothing new, none of its seeds does, and all are dropped; otherwise
// each half is tried. So no statement that the whole of the candidates reaches is lost, and few processes are
// needed. Counts of loops and the order of statements do not matter: of two inputs that differ only in these, the shorter
// is kept.
//
// Seeds that have been found to break a target, or are committed by hand, are never dropped.
package corpus
