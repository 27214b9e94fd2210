package corpus

import (
	"fmt"
	"path"
	"strings"

	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/wire"
)

// A Layer names the part of a capture or vector that a piece is.
type Layer string

// The layers, from the outermost.
const (
	LayerCapture   Layer = "capture"   // some packets with the header of their file
	LayerPacket    Layer = "packet"    // IP
	LayerSCTP      Layer = "sctp"      // an SCTP packet with its header
	LayerMessage   Layer = "message"   // of ASAP, ENRP, CSP or an application
	LayerParameter Layer = "parameter" // of ASAP or ENRP, also inside of others
	LayerCookie    Layer = "cookie"    // in the state cookie messages of ASAP
	LayerPolicy    Layer = "policy"    // as users write it
	LayerAddress   Layer = "address"   // and port, as users write it
	LayerText      Layer = "text"      // pool handles and messages for people

	// Seeds of these layers come from no file.
	LayerFind    Layer = "find"    // committed by hand, most because they broke the target
	LayerFuzzing Layer = "fuzzing" // found by fuzzing, and kept for their coverage
)

// An Origin tells where a seed comes from.
type Origin struct {
	_ struct{} `cbor:",toarray"`

	File   string // from the root of the repository; empty for seeds from no file
	Packet int    // number of the packet or vector in the file, from 1
	Layer  Layer
	Part   int // number among the pieces of the same layer in the packet, from 1
}

// String returns the origin in words.
func (o Origin) String() string {
	if o.File == "" {
		return string(o.Layer)
	}
	return fmt.Sprintf("%s, packet %d, %s %d", o.File, o.Packet, o.Layer, o.Part)
}

// name returns the name of a seed with the origin, as a file.
func (o Origin) name() string {
	file := path.Base(o.File)
	return fmt.Sprintf("%s-%d-%d", strings.TrimSuffix(file, path.Ext(file)), o.Packet, o.Part)
}

// A Piece is a part of a capture or vector.
type Piece struct {
	Origin
	Octets []byte

	Protocol dissect.Protocol // of a message or cookie
	PPID     uint32           // of a message over SCTP
	Param    wire.ParamType   // of a parameter, whose value is Octets
}
