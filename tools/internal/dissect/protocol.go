package dissect

import (
	"github.com/rserpool-go/rserpool/apps/appmsg"
	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/wire"
)

// Protocol is the name of a protocol.
type Protocol string

// The protocols.
const (
	ASAP     Protocol = "ASAP"
	ENRP     Protocol = "ENRP"
	CSP      Protocol = "CSP"
	FGP      Protocol = "FGP"
	PingPong Protocol = "PingPong"
	CalcApp  Protocol = "CalcApp"
	SSP      Protocol = "SSP"
	Echo     Protocol = "Echo"
	Discard  Protocol = "Discard"
	Daytime  Protocol = "Daytime"
	CharGen  Protocol = "CharGen"
	// Data is user data of no known protocol.
	Data Protocol = "Data"
	// SCTP stands for packets that are damaged themselves.
	SCTP Protocol = "SCTP"
)

// Protocols returns all protocols, those of RSerPool first.
func Protocols() []Protocol {
	return []Protocol{ASAP, ENRP, CSP, FGP, PingPong, CalcApp, SSP, Echo, Discard, Daytime, CharGen, Data, SCTP}
}

// ByPPID returns the protocol with a payload protocol identifier. For 0, the sender's
// program says nothing: then the ports tell ASAP and ENRP.
func ByPPID(ppid uint32, srcPort, dstPort uint16) Protocol {
	switch ppid {
	case wire.PPIDASAP:
		return ASAP
	case wire.PPIDENRP:
		return ENRP
	case fractal.PPID, fractal.PPIDOld:
		return FGP
	case pingpong.PPID, pingpong.PPIDOld:
		return PingPong
	case calcapp.PPID, calcapp.PPIDOld:
		return CalcApp
	case scripting.PPID, scripting.PPIDOld:
		return SSP
	case appmsg.PPIDEcho:
		return Echo
	case appmsg.PPIDDiscard:
		return Discard
	case appmsg.PPIDDaytime:
		return Daytime
	case appmsg.PPIDCharGen:
		return CharGen
	case 0:
		switch {
		case srcPort == wire.PortASAP || dstPort == wire.PortASAP:
			return ASAP
		case srcPort == wire.PortENRP || dstPort == wire.PortENRP:
			return ENRP
		}
	}
	return Data
}
