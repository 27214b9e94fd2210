package asaptest

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// TestAppendChoice shows that an input draws the choices that were appended.
func TestAppendChoice(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 256; n++ {
		for i := range n {
			in := NewInput(AppendChoice(nil, i, n))
			if got := rand.New(in).IntN(n); n > 1 && (got != i || in.Len() != 0) {
				t.Fatalf("%d of %d: %d, %d octets are left", i, n, got, in.Len())
			}
		}
	}
}

// TestInputEnds shows that draws behind the end of an input are random, and the same for all
// inputs.
func TestInputEnds(t *testing.T) {
	t.Parallel()
	draw := func(data []byte) (list []uint64) {
		in := NewInput(data)
		for range len(data) {
			in.Uint64()
		}
		for range 100 {
			list = append(list, in.Uint64())
		}
		return list
	}
	first, second := draw(nil), draw([]byte{1, 2, 3})
	seen := make(map[uint64]bool)
	for i := range first {
		if first[i] != second[i] || seen[first[i]] {
			t.Fatalf("draw %d: %d and %d", i, first[i], second[i])
		}
		seen[first[i]] = true
	}
}

// TestInputMessage shows that an input brings the messages that were appended, and malformed
// messages as such.
func TestInputMessage(t *testing.T) {
	t.Parallel()
	want, err := (&asapmsg.EndpointKeepAliveAck{PoolHandle: "p", PEID: 7}).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	data := AppendMessage(nil, want)
	data = AppendMessage(data, want[:5])
	data = append(data, 200, 1, 2) // A length beyond the end.
	in := NewInput(data)
	received, ok := in.Message(3).(step.Received[asapmsg.Message])
	if !ok || received.Assoc != 3 {
		t.Fatalf("event %+v", received)
	}
	if got, err := received.Message.AppendBinary(nil); err != nil || !bytes.Equal(got, want) {
		t.Errorf("message %x, want %x: %v", got, want, err)
	}
	for _, want := range [][]byte{want[:5], {1, 2}, {}} {
		malformed, ok := in.Message(4).(step.Malformed)
		if !ok || malformed.Assoc != 4 || malformed.Err == nil || !bytes.Equal(malformed.Data, want) {
			t.Errorf("event %+v, want %x", malformed, want)
		}
	}
	if in.Len() != 0 {
		t.Errorf("%d octets are left", in.Len())
	}
}

// TestLongInputMessage shows that a long message is cut off, so that its length fits an octet.
func TestLongInputMessage(t *testing.T) {
	t.Parallel()
	b := AppendMessage(nil, make([]byte, 1000))
	if len(b) != 256 || b[0] != 255 {
		t.Errorf("%d octets, length %d", len(b), b[0])
	}
}

// TestScenarioMessages shows that the messages of a scenario are encoded in their order. Other
// lines, and commands with mistakes, are left out.
func TestScenarioMessages(t *testing.T) {
	t.Parallel()
	const scenario = `# recv 1 ack p 0x70
up 1 10.0.0.1:2000
recv 1 ack p 0x71
    0s       recv 1 ack p 0x72
recv 1 nonsense
recv 1 ack p 0x73 more
recv 2 resolution q items=3
`
	list := ScenarioMessages(scenario)
	if len(list) != 2 {
		t.Fatalf("%d messages", len(list))
	}
	first, err := asapmsg.Parse(list[0])
	if m, ok := first.(*asapmsg.EndpointKeepAliveAck); err != nil || !ok || m.PEID != 0x71 {
		t.Errorf("first message %+v: %v", first, err)
	}
	second, err := asapmsg.Parse(list[1])
	if m, ok := second.(*asapmsg.HandleResolution); err != nil || !ok || m.PoolHandle != "q" || m.Items != 3 {
		t.Errorf("second message %+v: %v", second, err)
	}
}
