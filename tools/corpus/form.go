package corpus

import (
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
	"github.com/rserpool-go/rserpool/wire"
)

// A form turns the pieces of a layer into seeds of a target.
type form struct {
	layer    Layer
	takes    func(*Piece) bool // nil: all pieces of the layer
	seed     func(*Piece) Seed
	describe func(Seed) string // in words, as what a seed decodes
}

// forms are the forms of targets, by folder and name. Targets that are not here have arguments that no capture and no
// vector has, such as the events of a machine.
var forms = map[string]form{
	"wire.FuzzWalk":              {LayerMessage, isControl, withoutHeader, describeParameters},
	"wire.FuzzField":             {LayerParameter, nil, typeAndValue, describeParameter},
	"wire.FuzzPoolElement":       parameter(wire.ParamPoolElement),
	"wire.FuzzServerInformation": parameter(wire.ParamServerInformation),
	"wire.FuzzPolicy":            parameter(wire.ParamPolicy),
	"wire.FuzzOperationError":    parameter(wire.ParamOperationError),
	"wire.FuzzTransport":         {LayerParameter, isTransport, typeAndValue, describeParameter},
	"wire.FuzzPolicyText":        {LayerPolicy, nil, text, describeText},
	"wire/asapmsg.FuzzParse":     message(dissect.ASAP),
	"wire/enrpmsg.FuzzParse":     message(dissect.ENRP),
	"csp.FuzzParse":              message(dissect.CSP),
	"handlespace.FuzzElement":    {LayerParameter, isParam(wire.ParamPoolElement), octets, describeValue(wire.ParamPoolElement)},

	"apps/calcapp.FuzzParse":             message(dissect.CalcApp),
	"apps/calcapp.FuzzParseCookie":       cookies(dissect.CalcApp),
	"apps/fractal.FuzzParse":             message(dissect.FGP),
	"apps/fractal.FuzzParseCookie":       cookies(dissect.FGP),
	"apps/pingpong.FuzzParse":            message(dissect.PingPong),
	"apps/pingpong.FuzzParseCookie":      cookies(dissect.PingPong),
	"apps/scripting.FuzzParse":           message(dissect.SSP),
	"apps/cmd/rspserver.FuzzPolicy":      {LayerPolicy, nil, text, describeText},
	"apps/cmd/rspterminal.FuzzPrintable": {LayerText, nil, octets, describeText},
	"asap.FuzzRegistrars":                {LayerAddress, nil, text, describeText},
	"asap/cookie.FuzzOpen":               {LayerCookie, nil, octets, describeLengths},
	"internal/cli.FuzzAddrs":             {LayerAddress, nil, text, describeText},
	"internal/cli.FuzzHosts":             {LayerAddress, nil, text, describeText},
	"internal/cli.FuzzGroup":             {LayerAddress, nil, text, describeText},
	"internal/cli.FuzzLocal":             {LayerAddress, nil, text, describeText},
	"tools/cmd/rspdecode.FuzzString":     {LayerText, nil, text, describeText},
	"tools/cmd/rspdecode.FuzzOutput":     {LayerPacket, nil, octets, describePacket},
	"tools/internal/decode.FuzzCapture":  {LayerCapture, nil, octets, describeCapture},
	"tools/internal/decode.FuzzPacket":   {LayerPacket, nil, octets, describePacket},
	"tools/internal/netpkt.FuzzDecode":   {LayerPacket, nil, rawPacket, describeDatagram},
	"tools/layers.FuzzPacket":            {LayerMessage, nil, ppidAndOctets, describeUserMessage},
	"tools/pcap.FuzzReader":              {LayerCapture, nil, octets, describeCapture},
	"tools/sctpchunk.FuzzChunks":         {LayerSCTP, nil, octets, describeChunks(0)},
	"transport/udpsctp.FuzzChunks":       {LayerSCTP, nil, chunks, describeChunks(sctpchunk.HeaderLen)},
	"transport/udpsctp.FuzzHandle":       {LayerSCTP, nil, chunks, describeChunks(sctpchunk.HeaderLen)},
	"transport/udpsctp.FuzzRefused":      {LayerSCTP, nil, octets, describeChunks(0)},
}

// formOf returns the form of a target. Without a form, no piece is a seed of the target.
func formOf(target string) form {
	f, ok := forms[target]
	if !ok {
		return form{describe: describeLengths}
	}
	return f
}

// seeds returns the seeds of a target among pieces, with their origins.
func (f *form) seeds(pieces []Piece) []candidate {
	var out []candidate
	for i := range pieces {
		p := &pieces[i]
		if f.layer == "" || p.Layer != f.layer || f.takes != nil && !f.takes(p) {
			continue
		}
		if s := f.seed(p); s != nil {
			out = append(out, candidate{origin: p.Origin, name: p.name(), seed: s})
		}
	}
	return out
}

// message is the form of the decoder of a protocol's messages.
func message(protocol dissect.Protocol) form {
	return form{
		layer: LayerMessage, takes: func(p *Piece) bool { return p.Protocol == protocol }, seed: octets,
		describe: func(s Seed) string { return describeMessage(protocol, s) },
	}
}

// cookies is the form of the decoder of an application's cookies.
func cookies(protocol dissect.Protocol) form {
	return form{layer: LayerCookie, seed: octets, describe: func(s Seed) string { return describeCookie(protocol, s) }}
}

// parameter is the form of the decoder of a parameter.
func parameter(typ wire.ParamType) form {
	return form{
		layer: LayerParameter, takes: isParam(typ), seed: typeAndValue,
		describe: func(s Seed) string { return describeValue(typ)(s[1:]) },
	}
}

func isParam(typ wire.ParamType) func(*Piece) bool {
	return func(p *Piece) bool { return p.Param == typ }
}

func isTransport(p *Piece) bool {
	_, err := wire.ParseTransport(wire.RawParam{Type: p.Param, Value: p.Octets})
	return err == nil
}

func isControl(p *Piece) bool { return p.Protocol == dissect.ASAP || p.Protocol == dissect.ENRP }

func octets(p *Piece) Seed { return Seed{p.Octets} }

func text(p *Piece) Seed { return Seed{string(p.Octets)} }

func withoutHeader(p *Piece) Seed {
	if len(p.Octets) < wire.MessageHeaderLen {
		return nil
	}
	return Seed{p.Octets[wire.MessageHeaderLen:]}
}

func typeAndValue(p *Piece) Seed { return Seed{uint16(p.Param), p.Octets} }

func ppidAndOctets(p *Piece) Seed { return Seed{p.PPID, p.Octets} }

// rawPacket is a packet that is also tried in two fragments, the first of 8 octets.
func rawPacket(p *Piece) Seed { return Seed{uint16(pcap.LinkRaw), p.Octets, uint16(8)} }

func chunks(p *Piece) Seed {
	if len(p.Octets) < sctpchunk.HeaderLen {
		return nil
	}
	return Seed{p.Octets[sctpchunk.HeaderLen:]}
}
