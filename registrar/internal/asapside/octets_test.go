package asapside

import (
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// An element of 60,000 octets is refused with a short answer, as a new element and as an
// update, and leaves the handlespace as it was.
func TestLongElement(t *testing.T) {
	t.Parallel()
	r, hs := newRegistrar(1)
	at := netip.MustParseAddrPort("10.0.0.7:2000")
	r.Step(steptest.Begin, step.Up{Assoc: 7, Peer: []netip.AddrPort{at}})
	register := func(size int) *asapmsg.RegistrationResponse {
		t.Helper()
		m := registration("p", 0x71, at)
		m.PoolElement.Unknown = []wire.RawParam{{Type: 0x8abc, Value: make([]byte, size)}}
		for _, a := range r.Step(steptest.Begin, received{Assoc: 7, Message: m}) {
			if s, ok := a.(step.Send); ok {
				return s.Message.(*asapmsg.RegistrationResponse)
			}
		}
		t.Fatal("no answer")
		return nil
	}
	checkRefused := func(size int) {
		t.Helper()
		answer := register(size)
		if !answer.Reject || len(answer.Causes) != 1 || answer.Causes[0].Code != wire.CauseInvalidValues || len(answer.Causes[0].Info) != 0 {
			t.Errorf("%d octets: %+v", size, answer)
		}
	}
	checkRefused(60_000)
	checkRefused(handlespace.MaxElementLen)
	if hs.Len() != 0 {
		t.Errorf("%d elements", hs.Len())
	}
	if answer := register(3900); answer.Reject {
		t.Errorf("3900 octets: %+v", answer)
	}
	checkRefused(60_000)
	if e := hs.Find("p", 0x71); hs.Len() != 1 || len(e.Encoded()) > handlespace.MaxElementLen {
		t.Errorf("%d elements, the last of %d octets", hs.Len(), len(e.Encoded()))
	}
}
