package wire

import "fmt"

// ParamType is the type of a parameter (RFC 5354, 3). A new parameter needs a constant and
// a name here, a codec in a file of its own, and a case in each message that carries it.
type ParamType uint16

// The parameter types of RFC 5354, 5.1, and [ParamHandleResolutionOption] of
// draft-dreibholz-rserpool-asap-hropt.
const (
	ParamIPv4Address            ParamType = 0x0001
	ParamIPv6Address            ParamType = 0x0002
	ParamDCCPTransport          ParamType = 0x0003
	ParamSCTPTransport          ParamType = 0x0004
	ParamTCPTransport           ParamType = 0x0005
	ParamUDPTransport           ParamType = 0x0006
	ParamUDPLiteTransport       ParamType = 0x0007
	ParamPolicy                 ParamType = 0x0008
	ParamPoolHandle             ParamType = 0x0009
	ParamPoolElement            ParamType = 0x000a
	ParamServerInformation      ParamType = 0x000b
	ParamOperationError         ParamType = 0x000c
	ParamCookie                 ParamType = 0x000d
	ParamPEIdentifier           ParamType = 0x000e
	ParamPEChecksum             ParamType = 0x000f
	ParamOpaqueTransport        ParamType = 0x0010
	ParamHandleResolutionOption ParamType = 0x803f
)

var paramNames = map[ParamType]string{
	ParamIPv4Address:            "IPv4 Address",
	ParamIPv6Address:            "IPv6 Address",
	ParamDCCPTransport:          "DCCP Transport",
	ParamSCTPTransport:          "SCTP Transport",
	ParamTCPTransport:           "TCP Transport",
	ParamUDPTransport:           "UDP Transport",
	ParamUDPLiteTransport:       "UDP-Lite Transport",
	ParamPolicy:                 "Pool Member Selection Policy",
	ParamPoolHandle:             "Pool Handle",
	ParamPoolElement:            "Pool Element",
	ParamServerInformation:      "Server Information",
	ParamOperationError:         "Operation Error",
	ParamCookie:                 "Cookie",
	ParamPEIdentifier:           "PE Identifier",
	ParamPEChecksum:             "PE Checksum",
	ParamOpaqueTransport:        "Opaque Transport",
	ParamHandleResolutionOption: "Handle Resolution Option",
}

// String returns the name that RFC 5354 gives the type, or its number.
func (t ParamType) String() string {
	if s, ok := paramNames[t]; ok {
		return s
	}
	return fmt.Sprintf("ParamType(0x%04x)", uint16(t))
}

// Known reports whether this package has a name for the type.
func (t ParamType) Known() bool { _, ok := paramNames[t]; return ok }

// Action is the treatment that the sender of a parameter asks for from a receiver that
// does not know its type: the two high bits of the type (RFC 5354, 3).
type Action uint8

// The actions. Discarding means that nothing of the message is acted on;
// reporting means an Unrecognized Parameter cause in an error message.
const (
	ActionDiscard       Action = 0b00
	ActionDiscardReport Action = 0b01
	ActionSkip          Action = 0b10
	ActionSkipReport    Action = 0b11
)

// Action returns the action that the two high bits of the type ask for.
func (t ParamType) Action() Action { return Action(t >> 14) }

// Discards reports whether the message is to be discarded.
func (a Action) Discards() bool { return a == ActionDiscard || a == ActionDiscardReport }

// Reports reports whether the parameter is to be reported to its sender.
func (a Action) Reports() bool { return a == ActionDiscardReport || a == ActionSkipReport }

// String returns the action in words.
func (a Action) String() string {
	switch a {
	case ActionDiscard:
		return "discard"
	case ActionDiscardReport:
		return "discard and report"
	case ActionSkip:
		return "skip"
	case ActionSkipReport:
		return "skip and report"
	}
	return fmt.Sprintf("Action(%d)", uint8(a))
}
