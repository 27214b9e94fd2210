// Package calcapp encodes and decodes the messages of CalcApp, a model of a compute
// service: a pool user asks for a job of some size in abstract calculations, a pool
// element accepts or rejects it and tells when it is complete; meanwhile both sides
// ask whether the other is there. A [Cookie] holds the job and its progress.
//
// All messages have one form: [Message]. [Parse] decodes it,
// [Message.AppendBinary] encodes it. The messages go with payload protocol
// identifier [PPID].
package calcapp
