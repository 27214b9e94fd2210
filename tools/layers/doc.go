// Package layers gives gopacket layers for ASAP and ENRP to those who use gopacket.
//
// Importing the package registers the layer types [LayerTypeASAP] and
// [LayerTypeENRP], and nothing else. [RegisterPorts] ties them to their UDP ports, so
// that gopacket finds announces by itself. For SCTP it has no such table: a user
// message is decoded with the layer type that [ForPPID] returns.
//
// gopacket's own decoder of SCTP fails on damaged chunks, and knows nothing of
// fragmented messages. For captures of unknown origin, see the packages pcap and
// sctpchunk of this module.
package layers
