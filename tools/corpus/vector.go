package corpus

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/wire"
)

// vectorFiles are lists of golden messages, and of messages that were tried on RSPLIB.
var vectorFiles = []string{
	"apps/appmsg/codectest/app-vectors.json",
	"csp/testdata/csp-vectors.json",
	"wire/testdata/wire-profile-vectors.json",
	"wire/testdata/wire-receive-probes.json",
	"wire/testdata/wire-vectors.json",
}

// carriers are the protocols by their names in vectors, with their payload protocol identifiers.
var carriers = map[string]struct {
	protocol dissect.Protocol
	ppid     uint32
}{
	"ASAP":             {dissect.ASAP, wire.PPIDASAP},
	"ENRP":             {dissect.ENRP, wire.PPIDENRP},
	"CSP":              {dissect.CSP, 0},
	"PingPong":         {dissect.PingPong, pingpong.PPID},
	"FractalGenerator": {dissect.FGP, fractal.PPID},
	"CalcApp":          {dissect.CalcApp, calcapp.PPID},
	"ScriptingService": {dissect.SSP, scripting.PPID},
}

// vectors cuts a list of vectors into pieces. The number of a vector is its place in the list, from 1.
func (c *cutter) vectors(b []byte) error {
	var vectors []struct {
		Name     string `json:"name"`
		Protocol string `json:"protocol"`
		Hex      string `json:"hex"`
	}
	if err := json.Unmarshal(b, &vectors); err != nil {
		return err
	}
	for i, v := range vectors {
		octets, err := hex.DecodeString(v.Hex)
		if err != nil {
			return fmt.Errorf("vector %s: %w", v.Name, err)
		}
		c.begin(i + 1)
		if strings.HasPrefix(v.Protocol, "ASAP session cookie payload") {
			c.add(LayerCookie, Piece{Octets: octets})
			continue
		}
		if v.Protocol == "NONE" {
			continue // An input without a message.
		}
		carrier, ok := carriers[v.Protocol]
		if !ok {
			return fmt.Errorf("vector %s: unknown protocol %q", v.Name, v.Protocol)
		}
		c.message(carrier.protocol, carrier.ppid, octets)
	}
	return nil
}
