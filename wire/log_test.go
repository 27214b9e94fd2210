package wire_test

import (
	"log/slog"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// Each value is logged as the text that people know it by.
func TestLogTexts(t *testing.T) {
	t.Parallel()
	cause := wire.ErrorCause{Code: wire.CauseInvalidValues, Info: []byte{1}}
	for _, test := range []struct {
		value slog.LogValuer
		want  string
	}{
		{wire.PoolHandle("EchoPool"), "EchoPool"},
		{wire.PoolHandle("\x00"), `"\x00"`},
		{wire.PEID(0xbeef), "0x0000beef"},
		{wire.ServerID(0x12345678), "0x12345678"},
		{wire.Policy{Type: wire.WeightedRoundRobin, Weight: 7}, "WeightedRoundRobin:7"},
		{wire.Transport{Protocol: wire.SCTP, Port: 7, Addrs: wiretest.Addresses[:1]}, "SCTP 192.0.2.1:7"},
		{wire.Transport{Protocol: wire.SCTP, Port: 7, Use: wire.DataAndControl, Addrs: wiretest.Addresses}, "SCTP 192.0.2.1:7 +2 with control"},
		{wire.Transport{Protocol: wire.UDP, Port: 7, Addrs: wiretest.Addresses[1:2]}, "UDP [2001:db8::1]:7"},
		{wire.Transport{Protocol: wire.Opaque, Opaque: []byte("x")}, "Opaque"},
		{wire.List[wire.PEID](nil), ""},
		{wire.List[wire.PEID]{1, 2, 3, 4}, "0x00000001,0x00000002,0x00000003,0x00000004"},
		{wire.List[wire.ServerID]{1, 2, 3, 4, 5}, "0x00000001,0x00000002,0x00000003,0x00000004,..."},
		{wire.List[wire.ErrorCause]{cause, cause}, "invalid values, invalid values"},
		{wire.List[enrpmsg.PoolEntry]{{PoolHandle: "p", PoolElements: make([]wire.PoolElement, 2)}, {PoolHandle: "q"}}, "p:2,q:0"},
	} {
		if got := test.value.LogValue().String(); got != test.want {
			t.Errorf("%T: %q, want %q", test.value, got, test.want)
		}
	}
}

// Absent parameters have no attribute.
func TestLogOfMessages(t *testing.T) {
	t.Parallel()
	elements := []wire.PoolElement{{ID: 2}, {ID: 1}}
	causes := []wire.ErrorCause{{Code: wire.CauseUnknownPoolHandle}}
	for _, test := range []struct {
		m    slog.LogValuer
		want string
	}{
		{
			&asapmsg.Registration{PoolHandle: "p", PoolElement: wire.PoolElement{
				ID: 1, RegistrationLife: 90e9,
				UserTransport: wire.Transport{Protocol: wire.TCP, Port: 7, Addrs: wiretest.Addresses[:1]},
				Policy:        wire.Policy{Type: wire.LeastUsed, Load: wire.FullLoad / 3},
			}},
			"[msg=ASAP_REGISTRATION pool=p pe_id=0x00000001 transport=TCP 192.0.2.1:7 policy=LeastUsed load_percent=33.3333 life=1m30s]",
		},
		{&asapmsg.HandleResolution{PoolHandle: "p"}, "[msg=ASAP_HANDLE_RESOLUTION pool=p subscribe=false]"},
		{
			&asapmsg.HandleResolutionResponse{PoolHandle: "p", Causes: causes},
			"[msg=ASAP_HANDLE_RESOLUTION_RESPONSE pool=p accept=false causes=unknown pool handle]",
		},
		{
			&asapmsg.HandleResolutionResponse{PoolHandle: "p", PoolElements: elements},
			"[msg=ASAP_HANDLE_RESOLUTION_RESPONSE pool=p accept=false elements=2 pe_ids=0x00000002,0x00000001]",
		},
		{
			&asapmsg.EndpointKeepAlive{PoolHandle: "p", ServerID: 3},
			"[msg=ASAP_ENDPOINT_KEEP_ALIVE pool=p server_id=0x00000003 home=false contested=false]",
		},
		{&enrpmsg.Presence{NoChecksum: true}, "[msg=ENRP_PRESENCE from=0x00000000 reply_required=false]"},
		{
			&enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: 1, Receiver: 2}, Checksum: 0xab},
			"[msg=ENRP_PRESENCE from=0x00000001 to=0x00000002 checksum=0x00ab reply_required=false]",
		},
	} {
		var got []slog.Attr
		for _, a := range test.m.LogValue().Group() {
			got = append(got, slog.Attr{Key: a.Key, Value: a.Value.Resolve()})
		}
		if text := slog.GroupValue(got...).String(); text != test.want {
			t.Errorf("%s\nwant %s", text, test.want)
		}
	}
}
