package udpsctp

import (
	"encoding/binary"
	"errors"
)

// Parameters of INIT and INIT ACK (RFC 9260, 3.3.2 and 3.3.3).
const (
	initFixedLen    = 16
	paramHeaderLen  = 4
	paramCookie     = 7
	paramHostName   = 11
	paramIPv4       = 5
	paramIPv6       = 6
	paramCookieLife = 9
	paramAddrTypes  = 12
	// paramZeroChecksum and its DTLS method (RFC 9653) never leave this process.
	paramZeroChecksum  = 0x8001
	zeroChecksumMethod = 1
	// minWindow is the smallest a_rwnd that a peer may announce.
	minWindow = 1500
)

var (
	errBadInit  = errors.New("bad INIT or INIT ACK")
	errHostName = errors.New("host name address")
)

// initParams are the parameters of an INIT or INIT ACK.
type initParams struct {
	tag, window uint32
	out, in     uint16
	tsn         uint32
	// cookie is the state cookie of an INIT ACK. The octets belong to the packet.
	cookie []byte
}

// parseInit parses the value of an INIT or INIT ACK chunk. An association with a single
// path and without extensions needs no parameter but the state cookie. An unknown
// parameter ends the parsing if its type demands a stop (RFC 9260, 3.2.1).
func parseInit(b []byte) (initParams, error) {
	if len(b) < initFixedLen {
		return initParams{}, errTruncated
	}
	p := initParams{
		tag:    binary.BigEndian.Uint32(b),
		window: binary.BigEndian.Uint32(b[4:]),
		out:    binary.BigEndian.Uint16(b[8:]),
		in:     binary.BigEndian.Uint16(b[10:]),
		tsn:    binary.BigEndian.Uint32(b[12:]),
	}
	if p.tag == 0 || p.window < minWindow || p.out == 0 || p.in == 0 {
		return p, errBadInit
	}
	for rest := b[initFixedLen:]; len(rest) > 0; {
		if len(rest) < paramHeaderLen {
			return p, errTruncated
		}
		typ := binary.BigEndian.Uint16(rest)
		n := int(binary.BigEndian.Uint16(rest[2:]))
		if n < paramHeaderLen || n > len(rest) {
			return p, errBadLength
		}
		switch typ {
		case paramCookie:
			p.cookie = rest[paramHeaderLen:n]
		case paramHostName:
			return p, errHostName
		case paramIPv4, paramIPv6, paramCookieLife, paramAddrTypes:
		default:
			if typ&0x8000 == 0 {
				return p, nil
			}
		}
		rest = rest[min(n+padding(n), len(rest)):]
	}
	return p, nil
}

// appendInit appends the value of an INIT. With a cookie, the value is that of an INIT
// ACK.
func appendInit(b []byte, p initParams) []byte {
	b = binary.BigEndian.AppendUint32(b, p.tag)
	b = binary.BigEndian.AppendUint32(b, p.window)
	b = binary.BigEndian.AppendUint16(b, p.out)
	b = binary.BigEndian.AppendUint16(b, p.in)
	b = binary.BigEndian.AppendUint32(b, p.tsn)
	if p.cookie != nil {
		b = binary.BigEndian.AppendUint16(b, paramCookie)
		b = binary.BigEndian.AppendUint16(b, uint16(paramHeaderLen+len(p.cookie)))
		b = append(b, p.cookie...)
	}
	return b
}

// token returns the parameters as an INIT chunk that pion/sctp accepts in place of a
// handshake. Optional parameters of the peer never reach pion/sctp. The chunk allows a
// zero checksum: the endpoint verifies and sets the real checksum at the socket.
func (p initParams) token() []byte {
	p.cookie = nil
	value := appendInit(nil, p)
	value = binary.BigEndian.AppendUint16(value, paramZeroChecksum)
	value = binary.BigEndian.AppendUint16(value, 8)
	value = binary.BigEndian.AppendUint32(value, zeroChecksumMethod)
	return appendChunk(nil, chunkInit, 0, value)
}
