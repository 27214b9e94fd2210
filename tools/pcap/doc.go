// Package pcap reads packet captures: files of the formats pcap and pcapng, from
// anything that can be read ([NewReader]), and live from the interfaces of a Linux
// machine ([Listen]). It is Go alone, without libpcap.
//
// Input is not trusted: a packet takes at most [MaxPacketLen] octets of memory
// whatever a file claims, and damage is an error with its place.
//
// gopacket reads the same files, but what it allocates is up to the file, and some
// pcapng options make it panic.
package pcap
