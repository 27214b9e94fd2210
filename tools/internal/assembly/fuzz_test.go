package assembly_test

import (
	"encoding/binary"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/assembly"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// FuzzAdd adds chunks that an input describes: of each, an octet of flags with the flow, the TSN, the number of octets.
// No TSN gives a second message, and no message has more octets than its chunks.
func FuzzAdd(f *testing.F) {
	const begin, end, unordered = 1, 2, 4
	f.Add([]byte{begin | end, 0, 1, 5, begin, 0, 2, 7, 0, 0, 3, 7, end, 0, 4, 7})
	f.Add([]byte{end, 0, 3, 7, begin, 0, 1, 7, 0, 0, 2, 7, 0, 0, 2, 7})
	f.Add([]byte{begin | unordered, 0xff, 0xff, 9, end | unordered, 0, 0, 9, end | 8, 0, 1, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		a := assembly.New()
		type place struct {
			flow uint32
			tsn  uint32
		}
		added, completed := make(map[place]int), make(map[place]bool)
		for ; len(script) >= 4; script = script[4:] {
			flags := script[0]
			d := sctpchunk.Data{
				Begin: flags&begin != 0, End: flags&end != 0, Unordered: flags&unordered != 0,
				TSN: uint32(int16(binary.BigEndian.Uint16(script[1:]))), PPID: 11, Payload: make([]byte, 1+int(script[3])),
			}
			at := place{uint32(flags >> 3 & 3), d.TSN}
			added[at] += len(d.Payload)
			m, ok := a.Add(assembly.FlowKey{Tag: at.flow}, d)
			if !ok {
				continue
			}
			most := 0
			for i := range uint32(m.Fragments) {
				part := place{at.flow, m.TSN + i}
				if added[part] == 0 || completed[part] {
					t.Fatalf("%+v: TSN %d was not there, or twice", m, part.tsn)
				}
				completed[part] = true
				most += added[part]
			}
			if len(m.Payload) > most || m.Fragments < 1 || len(m.Payload) < m.Fragments {
				t.Fatalf("%d octets of %d fragments", len(m.Payload), m.Fragments)
			}
		}
	})
}
