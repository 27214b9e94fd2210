package asaptest

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Input is the input of a fuzz test as a source of random numbers, so that the functions of
// this package serve fuzz tests too: each byte decides a draw. Behind the end of the input,
// the draws are the same for all inputs.
type Input struct {
	data []byte
	rest *rand.PCG
}

// NewInput returns an input that reads data.
func NewInput(data []byte) *Input { return &Input{data: data, rest: rand.NewPCG(1, 2)} }

// Len returns the number of bytes that are left.
func (in *Input) Len() int { return len(in.data) }

// Uint64 takes a byte for the high bits of a number, and for the low bits. [rand.Rand] draws
// from the low bits if the number of choices is a power of two.
func (in *Input) Uint64() uint64 {
	if len(in.data) == 0 {
		return in.rest.Uint64()
	}
	b := in.data[0]
	in.data = in.data[1:]
	return uint64(b)<<56 | 1<<55 | uint64(b) // In the middle, so that no draw is repeated.
}

// Message takes a length and as many bytes. They are a message of an association if they
// can be decoded.
func (in *Input) Message(assoc step.AssocID) step.Event {
	n := 0
	if len(in.data) > 0 {
		n = min(int(in.data[0]), len(in.data)-1)
		in.data = in.data[1:]
	}
	data := in.data[:n:n]
	in.data = in.data[n:]
	m, err := asapmsg.Parse(data)
	if err != nil {
		return step.Malformed{Assoc: assoc, Data: data, Err: err}
	}
	return step.Received[asapmsg.Message]{Assoc: assoc, Message: m}
}

// MaxInput bounds the octets of an input that count, and so the time of a run.
const MaxInput = 2048

// AddRandomSeeds adds long inputs.
func AddRandomSeeds(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		seed := make([]byte, MaxInput/2)
		for i := range seed {
			seed[i] = byte(random.Uint32())
		}
		f.Add(seed)
	}
}

// AppendChoice appends the byte by which an [Input] draws i from n.
func AppendChoice(b []byte, i, n int) []byte {
	if n&(n-1) == 0 {
		return append(b, byte(i))
	}
	return append(b, byte((256*i+128)/n))
}

// AppendMessage appends a message for [Input.Message]. A long message is cut off.
func AppendMessage(b, m []byte) []byte {
	m = m[:min(len(m), 255)]
	return append(append(b, byte(len(m))), m...)
}

// ScenarioMessages returns the encoded messages of the commands "recv" in a scenario.
func ScenarioMessages(scenario string) [][]byte {
	var list [][]byte
	for line := range strings.Lines(scenario) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != "recv" {
			continue
		}
		a := steptest.ParseArgs(words[1:])
		ev, ok := ParseEvent("recv", a).(step.Received[asapmsg.Message])
		if !ok || a.Finish() != nil {
			continue
		}
		if b, err := ev.Message.AppendBinary(nil); err == nil {
			list = append(list, b)
		}
	}
	return list
}
