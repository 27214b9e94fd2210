package wire_test

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A tool looks into a message without decoding it: what is there, and where.
func ExampleParams() {
	msg, _ := hex.DecodeString("050000180009000c4563686f506f6f6c803f000800000005")
	_, body, err := wire.ParseHeader(msg)
	if err != nil {
		fmt.Println(err)
		return
	}
	for p, err := range wire.ParamsAt(body, wire.MessageHeaderLen) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d: %v %x\n", p.Offset, p.Type, p.Value)
	}
	// Output:
	// 4: Pool Handle 4563686f506f6f6c
	// 16: Handle Resolution Option 00000005
}

// Parameters inside a parameter are walked in the same way, behind its fixed part.
func ExampleRawParam_Nested() {
	transport, _ := hex.DecodeString("0004001000070000" + "00010008c000020a")
	for p := range wire.Params(transport) {
		for q, err := range p.Nested(4) {
			fmt.Println(q.Offset, q.Type, q.Value, err)
		}
	}
	// Output:
	// 8 IPv4 Address [192 0 2 10] <nil>
}

// A message is damaged: where, and what its sender is to be told.
func ExampleSyntaxError() {
	msg, _ := hex.DecodeString("05000010" + "000900ff4563686f506f6f6c")
	_, err := asapmsg.Parse(msg)

	var syntax *wire.SyntaxError
	if !errors.As(err, &syntax) {
		return
	}
	fmt.Println(err)
	fmt.Println(syntax.Offset, syntax.Param, errors.Is(err, wire.ErrTruncated))
	if msg[0] != byte(asapmsg.TypeError) && syntax.Reports() {
		reply, _ := (&asapmsg.Error{Causes: []wire.ErrorCause{syntax.Cause()}}).AppendBinary(nil)
		fmt.Printf("%x\n", reply)
	}
	// Output:
	// wire: offset 4: Pool Handle: truncated
	// 4 Pool Handle true
	// 0e000018000c001400030010000900ff4563686f506f6f6c
}

// A registrar keeps the checksum over its elements while they come and go.
func ExamplePEChecksum() {
	var sum wire.PEChecksum
	fmt.Printf("%04x\n", sum.Value())

	sum = sum.Add(wire.SumPE("EchoPool", 0x12345678))
	fmt.Printf("%04x\n", sum.Value())

	sum = sum.Add(wire.SumPE("LUPool", 0x33333333))
	sum = sum.Sub(wire.SumPE("EchoPool", 0x12345678))
	fmt.Printf("%04x\n", sum.Value())
	// Output:
	// ffff
	// 29a5
	// 8d68
}

// The type of a parameter says what to do about it when it is not known.
func ExampleParamType_Action() {
	for _, t := range []wire.ParamType{0x0099, 0x4099, 0x8099, 0xc099} {
		fmt.Println(t, t.Action())
	}
	// Output:
	// ParamType(0x0099) discard
	// ParamType(0x4099) discard and report
	// ParamType(0x8099) skip
	// ParamType(0xc099) skip and report
}
