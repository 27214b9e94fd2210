// Package pcap reads packet captures: files of the formats pcap and pcapng, from
// anything that can be read ([NewReader]), and live from the interfaces of a Linux
// machine ([Listen]). It is Go alone, without libpcap.
//
// Input is not trusted: a packet takes at most [MaxPacketLen] octets of memory
// whatever a file claims, and damage is an error with its place.
//
// gopacket reads the same files in two to three times the processor time, and its errors
// do not name the place (docs/adr/0004-own-readers-of-captures.md).
package pcap
