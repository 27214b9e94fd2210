package asapmsg_test

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

func ExampleParse() {
	received, _ := hex.DecodeString("030100200009000c4563686f506f6f6c000e000812345678000c000800080004")
	m, err := asapmsg.Parse(received)
	if err != nil {
		fmt.Println(err) // A *wire.SyntaxError.
		return
	}
	switch m := m.(type) {
	case *asapmsg.RegistrationResponse:
		fmt.Println(m.Type(), m.PoolHandle, m.PEID, m.Reject)
		for _, c := range m.Causes {
			fmt.Println(c.Code)
		}
	default:
		fmt.Println("unexpected", m.Type())
	}
	// Output:
	// ASAP_REGISTRATION_RESPONSE EchoPool 0x12345678 true
	// inconsistent data/control configuration
}

// A pool element enters a pool.
func ExampleRegistration() {
	m := &asapmsg.Registration{
		PoolHandle: "EchoPool",
		PoolElement: wire.PoolElement{
			ID:               0x12345678,
			RegistrationLife: 90 * time.Second,
			UserTransport: wire.Transport{
				Protocol: wire.SCTP,
				Port:     7,
				Use:      wire.DataAndControl,
				Addrs:    []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::10")},
			},
			Policy: wire.Policy{Type: wire.LeastUsed, Load: wire.FullLoad / 2},
		},
	}
	b, err := m.AppendBinary(nil)
	if err != nil {
		fmt.Println(err) // A value that cannot be encoded.
		return
	}
	fmt.Printf("%x\n", b)
	// Output:
	// 010000500009000c4563686f506f6f6c000a0040123456780000000000015f90000400240007000100010008c000020a0002001420010db80000000000000000000000100008000c400000017fffffff
}

// A registrar that keeps its elements encoded answers without encoding them again. The
// message is the same as that of HandleResolutionResponse.AppendBinary.
func ExampleHandleResolutionResponse_encoded() {
	element := wire.PoolElement{
		ID:            1,
		UserTransport: wire.Transport{Protocol: wire.SCTP, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.10")}},
		Policy:        wire.Policy{Type: wire.RoundRobin},
	}
	encoded, _ := element.AppendBinary(nil) // Once, when the element was registered.

	var buf []byte // Used again for each response.
	b := wire.BeginMessage(buf[:0], uint8(asapmsg.TypeHandleResolutionResponse), 0)
	b, _ = wire.PoolHandle("EchoPool").AppendBinary(b)
	b, _ = element.Policy.AppendBinary(b)
	b = append(b, encoded...)
	b, err := wire.EndMessage(b, 0)
	fmt.Printf("%x %v\n", b, err)

	m, err := asapmsg.Parse(b)
	fmt.Println(len(m.(*asapmsg.HandleResolutionResponse).PoolElements), err)
	// Output:
	// 060000400009000c4563686f506f6f6c0008000800000001000a0028000000010000000000000000000400100000000000010008c000020a0008000800000001 <nil>
	// 1 <nil>
}

// What to do about a parameter that is not known is asked for once, for all levels of a
// message.
func ExampleUnrecognized() {
	received, _ := hex.DecodeString("050000180009000c4563686f506f6f6c40990008aabbccdd")
	m, err := asapmsg.Parse(received)
	if err != nil {
		fmt.Println(err)
		return
	}
	u := asapmsg.Unrecognized(m)
	if len(u.Report) > 0 && m.Type() != asapmsg.TypeError {
		reply, _ := (&asapmsg.Error{Causes: u.Causes()}).AppendBinary(nil)
		fmt.Printf("%x\n", reply)
	}
	fmt.Println("discard:", u.Discard)
	// Output:
	// 0e000014000c00100001000c40990008aabbccdd
	// discard: true
}
