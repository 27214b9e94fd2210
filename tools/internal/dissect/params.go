package dissect

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/wire"
)

// headerLen is the length of the header of a message, parameter or cause.
const headerLen = wire.MessageHeaderLen

// flagBit is a bit in the flags of a message, with the key of the flag's attribute.
type flagBit struct {
	bit uint8
	key string
}

// head returns a tree with the header, which all messages begin with.
func head(m *Message, bits []flagBit) Tree {
	var t Tree
	b := m.Octets
	if len(b) < headerLen {
		return t
	}
	t.frame("type", hex8(b[0]), 0, 1)
	flags := List{}
	rest := b[1]
	for _, f := range bits {
		if rest&f.bit != 0 {
			flags = append(flags, Field{Value: flagLetters[f.key], Offset: 1, Len: 1})
			rest &^= f.bit
		}
	}
	if rest != 0 {
		flags = append(flags, Field{Value: hex8(rest), Offset: 1, Len: 1})
	}
	t.add("flags", flags, 1, 1)
	t.frame("length", uint64(binary.BigEndian.Uint16(b[2:])), 2, 2)
	return t
}

// body returns the octets behind the header, as far as the message has them.
func body(b []byte) []byte {
	if len(b) < headerLen {
		return nil
	}
	return b[headerLen:max(headerLen, min(len(b), int(binary.BigEndian.Uint16(b[2:]))))]
}

// id appends an identifier of 32 bits that stands in the message at offset, unless the
// message ends before.
func (t *Tree) id(name string, b []byte, offset int) {
	if len(b) >= offset+4 {
		t.add(name, hex32(binary.BigEndian.Uint32(b[offset:])), offset, 4)
	}
}

// params appends the parameters in b, which is at offset base of the message.
func (t *Tree) params(b []byte, base int, name func(*Tree, wire.RawParam) (string, bool)) {
	for p, err := range wire.ParamsAt(b, base) {
		if err != nil {
			return // Message.Err has the error.
		}
		at, n := int(p.Offset), headerLen+len(p.Value)
		switch name, list := name(t, p); {
		case name == "unknown": // It may be nested without end, and is not decoded.
			t.collect(name, rawTree(p), at, n)
		case list:
			t.collect(name, paramValue(p), at, n)
		default:
			t.add(name, paramValue(p), at, n)
		}
	}
}

// paramName returns the name of a parameter that may stand once in a message, or the name
// of the list for all parameters that have no name of their own.
func paramName(t *Tree, p wire.RawParam) (name string, list bool) {
	switch p.Type {
	case wire.ParamSCTPTransport, wire.ParamTCPTransport, wire.ParamUDPTransport,
		wire.ParamDCCPTransport, wire.ParamUDPLiteTransport, wire.ParamOpaqueTransport:
		return "transports", true
	case wire.ParamPolicy:
		name = "policy"
	case wire.ParamPoolHandle:
		name = "pool_handle"
	case wire.ParamPoolElement:
		name = "pool_element"
	case wire.ParamServerInformation:
		name = "server"
	case wire.ParamOperationError:
		name = "causes"
	case wire.ParamCookie:
		name = "cookie"
	case wire.ParamPEIdentifier:
		name = "pe_id"
	case wire.ParamPEChecksum:
		name = "pe_checksum"
	case wire.ParamHandleResolutionOption:
		name = "items"
	}
	if name == "" || t.Get(name) != nil {
		return "unknown", true
	}
	return name, false
}

// paramValue returns the value of a parameter.
func paramValue(p wire.RawParam) any {
	v := p.Value
	switch {
	case p.Type == wire.ParamPoolHandle && len(v) > 0:
		return text(v)
	case p.Type == wire.ParamPEIdentifier && len(v) == 4:
		return hex32(binary.BigEndian.Uint32(v))
	case p.Type == wire.ParamPEChecksum && len(v) == 2:
		return hex16(binary.BigEndian.Uint16(v))
	case p.Type == wire.ParamHandleResolutionOption && len(v) >= 4:
		return uint64(binary.BigEndian.Uint32(v))
	case p.Type == wire.ParamPoolElement && len(v) >= elementFixedLen:
		return elementTree(p)
	case p.Type == wire.ParamServerInformation && len(v) >= serverFixedLen:
		return serverTree(p)
	case p.Type == wire.ParamPolicy && len(v) >= 4:
		return policyTree(p)
	case p.Type == wire.ParamOperationError:
		return causeList(p)
	case p.Type == wire.ParamCookie:
		return cookieTree(p)
	}
	if t, ok := transportTree(p); ok {
		return t
	}
	return rawTree(p)
}

// rawTree returns a parameter whose type is not known or whose value is too short.
func rawTree(p wire.RawParam) Tree {
	at := int(p.Offset)
	var t Tree
	t.add("type", hex16(uint16(p.Type)), at, 2)
	if p.Type.Known() {
		t.add("name", p.Type.String(), at, 2)
	} else {
		t.add("action", p.Type.Action().String(), at, 1)
	}
	t.add("value", octets(p.Value), at+headerLen, len(p.Value))
	return t
}

const (
	elementFixedLen = 12
	serverFixedLen  = 4
)

func elementTree(p wire.RawParam) Tree {
	at := int(p.Offset) + headerLen
	var t Tree
	t.add("pe_id", hex32(binary.BigEndian.Uint32(p.Value)), at, 4)
	t.add("home_id", hex32(binary.BigEndian.Uint32(p.Value[4:])), at+4, 4)
	t.add("registration_life_ms", uint64(binary.BigEndian.Uint32(p.Value[8:])), at+8, 4)
	t.params(p.Value[elementFixedLen:], at+elementFixedLen, func(t *Tree, q wire.RawParam) (string, bool) {
		name, list := paramName(t, q)
		switch {
		case name == "transports" && t.Get("user_transport") == nil:
			return "user_transport", false
		case name == "transports" && t.Get("asap_transport") == nil:
			return "asap_transport", false
		case name == "policy":
			return name, list
		}
		return "unknown", true
	})
	return t
}

func serverTree(p wire.RawParam) Tree {
	at := int(p.Offset) + headerLen
	var t Tree
	t.add("server_id", hex32(binary.BigEndian.Uint32(p.Value)), at, 4)
	t.params(p.Value[serverFixedLen:], at+serverFixedLen, func(t *Tree, q wire.RawParam) (string, bool) {
		if name, _ := paramName(t, q); name == "transports" && t.Get("transport") == nil {
			return "transport", false
		}
		return "unknown", true
	})
	return t
}

// transportTree returns a transport, and false if the parameter is no transport or too
// short.
func transportTree(p wire.RawParam) (Tree, bool) {
	at, v := int(p.Offset)+headerLen, p.Value
	var t Tree
	proto := wire.Protocol(p.Type)
	fixed := 4
	switch proto {
	case wire.SCTP, wire.TCP, wire.UDP, wire.UDPLite:
	case wire.DCCP:
		fixed = 8
	case wire.Opaque:
		t.add("protocol", proto.String(), at-headerLen, 2)
		t.add("value", octets(v), at, len(v))
		return t, true
	default:
		return nil, false
	}
	if len(v) < fixed {
		return nil, false
	}
	t.add("protocol", proto.String(), at-headerLen, 2)
	t.add("port", uint64(binary.BigEndian.Uint16(v)), at, 2)
	switch proto {
	case wire.SCTP, wire.TCP:
		t.add("use", wire.TransportUse(binary.BigEndian.Uint16(v[2:])).String(), at+2, 2)
	case wire.DCCP:
		t.add("service_code", hex32(binary.BigEndian.Uint32(v[4:])), at+4, 4)
	}
	for q, err := range p.Nested(fixed) {
		if err != nil {
			break
		}
		if a, ok := address(q); ok {
			t.collect("addresses", a, int(q.Offset), headerLen+len(q.Value))
		} else {
			t.collect("unknown", rawTree(q), int(q.Offset), headerLen+len(q.Value))
		}
	}
	return t, true
}

// percent returns a fraction of 32 bits in percent, with 4 decimals.
func percent(v uint32) float64 { return round(100 * float64(v) / wire.FullLoad) }
