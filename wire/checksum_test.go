package wire_test

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// sums returns the sum of each element of a checksum vector.
func sums(t *testing.T, v wiretest.Vector) (out []wire.PEChecksum) {
	t.Helper()
	handle := func(m map[string]any) wire.PoolHandle {
		b, err := hex.DecodeString(m["pool_handle_hex"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return wire.PoolHandle(b)
	}
	switch es := v.Fields["pool_elements"].(type) {
	case []any:
		for _, e := range es {
			m := e.(map[string]any)
			id, err := strconv.ParseUint(m["pe_id"].(string), 0, 32)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, wire.SumPE(handle(m), wire.PEID(id)))
		}
	case map[string]any:
		_, last, _ := strings.Cut(es["pe_ids"].(string), "..")
		n, err := strconv.Atoi(last)
		if err != nil {
			t.Fatal(err)
		}
		for id := range n {
			out = append(out, wire.SumPE(handle(es), wire.PEID(id+1)))
		}
	}
	return out
}

func TestChecksumVectors(t *testing.T) {
	t.Parallel()
	for _, v := range wiretest.Load(t, "wire-checksum-vectors.json", "") {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			var sum wire.PEChecksum
			elements := sums(t, v)
			for _, s := range elements {
				sum = sum.Add(s)
			}
			if got, want := wiretest.Hex32(sum), v.Fields["unfolded_sum_le_words_mod_2_32"]; got != want {
				t.Errorf("sum %s, want %s", got, want)
			}
			if got := fmt.Sprintf("%04x", sum.Value()); got != v.Hex {
				t.Errorf("value %s, want %s", got, v.Hex)
			}
			b, err := wire.AppendChecksum(nil, sum.Value())
			if want := "000f0006" + v.Hex + "0000"; err != nil || hex.EncodeToString(b) != want {
				t.Errorf("parameter %x, %v, want %s", b, err, want)
			}
			// Away again in another order.
			for _, s := range elements {
				sum = sum.Sub(s)
			}
			if sum != 0 || sum.Value() != 0xffff {
				t.Errorf("%v with value %04x is left of nothing", sum, sum.Value())
			}
		})
	}
}

// The vector that was got by taking an element out of another set.
func TestChecksumSubtract(t *testing.T) {
	t.Parallel()
	vs := map[string]wiretest.Vector{}
	for _, v := range wiretest.Load(t, "wire-checksum-vectors.json", "") {
		vs[v.Name] = v
	}
	var sum wire.PEChecksum
	for _, s := range sums(t, vs["four_pes"]) {
		sum = sum.Add(s)
	}
	sum = sum.Sub(wire.SumPE("LUPool", 0x33333333))
	if got := fmt.Sprintf("%04x", sum.Value()); got != vs["after_removal_of_LUPool"].Hex {
		t.Errorf("value %s, want %s", got, vs["after_removal_of_LUPool"].Hex)
	}
}
