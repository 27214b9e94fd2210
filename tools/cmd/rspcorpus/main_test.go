package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/rserpool-go/rserpool/internal/cli/clitest"
	"github.com/rserpool-go/rserpool/tools/corpus"
)

func TestMain(m *testing.M) { clitest.Main(m, map[string]func(){"rspcorpus": main}) }

func TestScripts(t *testing.T) {
	t.Parallel()
	clitest.Run(t)
}

func TestPrint(t *testing.T) {
	t.Parallel()
	e := corpus.Entry{Target: "csp.FuzzParse", Name: "csp-9-1", Decodes: "CSP_REPORT"}
	e.Origin = corpus.Origin{File: "tools/testdata/csp.pcap", Packet: 9, Layer: corpus.LayerMessage, Part: 1}
	for output, want := range map[string]string{
		"text": "csp.FuzzParse/csp-9-1: CSP_REPORT: tools/testdata/csp.pcap, packet 9, message 1\n",
		"json": `{"decodes":"CSP_REPORT","file":"tools/testdata/csp.pcap","layer":"message","packet":9,"part":1,"seed":"csp-9-1","target":"csp.FuzzParse"}` + "\n",
	} {
		var b bytes.Buffer
		p := program{Output: output}
		if err := p.print(&b, e); err != nil || b.String() != want {
			t.Errorf("%q, %v", b.String(), err)
		}
		if output == "json" && !json.Valid(b.Bytes()) {
			t.Errorf("%s", b.String())
		}
	}
}
