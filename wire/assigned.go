package wire

// Payload protocol identifiers of SCTP DATA chunks (RFC 5352, 8.3; RFC 5353, 5.4), in
// host byte order.
const (
	PPIDASAP = 11
	PPIDENRP = 12
)

// Ports registered for ASAP and ENRP (RFC 5352, 8.2; RFC 5353, 5.3).
const (
	PortASAP = 3863
	PortENRP = 9901
)
