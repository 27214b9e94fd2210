package enrpmsg_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("../testdata/wire-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs []struct{ Name, Protocol, Hex string }
	if err := json.Unmarshal(raw, &vs); err != nil {
		t.Fatal(err)
	}
	for _, v := range vs {
		if v.Protocol != "ENRP" {
			continue
		}
		b, _ := hex.DecodeString(strings.ReplaceAll(v.Hex, " ", ""))
		m, err := enrpmsg.Parse(b)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		out, err := m.AppendBinary(nil)
		if err != nil || !bytes.Equal(out, b) {
			t.Errorf("%s: %v\n%x\n%x", v.Name, err, b, out)
		}
		for i := range b {
			var syntax *wire.SyntaxError
			if _, err := enrpmsg.Parse(b[:i]); !errors.As(err, &syntax) {
				t.Errorf("%s: %d octets: %v", v.Name, i, err)
			}
		}
	}
}
