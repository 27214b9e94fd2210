// Package calcapp encodes and decodes the messages of CalcApp, a model of a compute service. A pool
// user asks for a job of some size in abstract calculations. A pool element accepts or rejects the
// job, and reports its completion. Meanwhile both sides send keep-alives. A [Cookie] holds the job
// and its progress.
//
// All messages have the same form: [Message]. [Parse] decodes a message, [Message.AppendBinary]
// encodes it. Messages have the payload protocol identifier [PPID].
package calcapp
