// Package attack attacks registrars and pool elements, to show that they withstand it. It is for the tests of this
// project, on loopback or in network namespaces, and nobody else imports it.
//
// [Table] lists the attacks. [Attack.Run] carries one out, and reports how often it sent its message, and how the target
// answered. An attack that could not send anything is an error, so that no target passes for want of an attack.
//
// The attacks speak SCTP in two ways: a raw association of package rawsctp breaks the rules of SCTP, and a speaker
// is a proper association over which ASAP or ENRP is misused.
//
// Package client is the client that must not notice the attacks, and package stage has the hosts and processes of
// "make attack".
package attack
