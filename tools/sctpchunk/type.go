package sctpchunk

import "fmt"

// Type is the type of a chunk.
type Type uint8

// The chunk types of RFC 9260, and of RFC 3758, RFC 4895, RFC 5061 and RFC 8260.
const (
	TypeData             Type = 0
	TypeInit             Type = 1
	TypeInitAck          Type = 2
	TypeSack             Type = 3
	TypeHeartbeat        Type = 4
	TypeHeartbeatAck     Type = 5
	TypeAbort            Type = 6
	TypeShutdown         Type = 7
	TypeShutdownAck      Type = 8
	TypeError            Type = 9
	TypeCookieEcho       Type = 10
	TypeCookieAck        Type = 11
	TypeECNE             Type = 12
	TypeCWR              Type = 13
	TypeShutdownComplete Type = 14
	TypeAuth             Type = 15
	TypeIData            Type = 64
	TypeASConfAck        Type = 128
	TypeReConfig         Type = 130
	TypePad              Type = 132
	TypeForwardTSN       Type = 192
	TypeASConf           Type = 193
)

// String returns the name of the RFC, or the number.
func (t Type) String() string {
	switch t {
	case TypeData:
		return "DATA"
	case TypeInit:
		return "INIT"
	case TypeInitAck:
		return "INIT ACK"
	case TypeSack:
		return "SACK"
	case TypeHeartbeat:
		return "HEARTBEAT"
	case TypeHeartbeatAck:
		return "HEARTBEAT ACK"
	case TypeAbort:
		return "ABORT"
	case TypeShutdown:
		return "SHUTDOWN"
	case TypeShutdownAck:
		return "SHUTDOWN ACK"
	case TypeError:
		return "ERROR"
	case TypeCookieEcho:
		return "COOKIE ECHO"
	case TypeCookieAck:
		return "COOKIE ACK"
	case TypeECNE:
		return "ECNE"
	case TypeCWR:
		return "CWR"
	case TypeShutdownComplete:
		return "SHUTDOWN COMPLETE"
	case TypeAuth:
		return "AUTH"
	case TypeIData:
		return "I-DATA"
	case TypeASConfAck:
		return "ASCONF-ACK"
	case TypeReConfig:
		return "RE-CONFIG"
	case TypePad:
		return "PAD"
	case TypeForwardTSN:
		return "FORWARD TSN"
	case TypeASConf:
		return "ASCONF"
	}
	return fmt.Sprintf("Chunk(%d)", uint8(t))
}
