package wireshark

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// withScript loads the script without the profile.
var withScript = []string{"-X", "lua_script:udpsctp.lua"}

// verify is the setting by which tshark verifies checksums.
const verify = "sctp.checksum:CRC 32c"

// ownLayers are the layers of the script itself.
var ownLayers = regexp.MustCompile(`:udpsctp(_shared)?\b`)

// protocols returns the protocols of each frame that tshark finds above IP, such as "udp:sctp:asap".
func (s *tshark) protocols(t *testing.T, file string, options ...string) []string {
	t.Helper()
	lines := s.run(t, slices.Concat(withScript, options, []string{"-r", file, "-T", "fields", "-e", "frame.protocols"})...)
	for i, line := range lines {
		_, stack, _ := strings.Cut(line, ":udp")
		lines[i] = "udp" + ownLayers.ReplaceAllString(stack, "")
	}
	return lines
}

// expectProtocols compares the protocols of each frame with the expected protocols.
func (s *tshark) expectProtocols(t *testing.T, file string, want []string, options ...string) {
	t.Helper()
	got := s.protocols(t, file, options...)
	if len(got) != len(want) {
		t.Fatalf("%d frames, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("frame %d: %s, want %s", i+1, got[i], want[i])
		}
	}
}

// An example is a frame with the protocols that tshark must find in it.
type example struct {
	frame frame
	want  string
}

// expect runs tshark over the examples.
func (s *tshark) expect(t *testing.T, examples []example, options ...string) {
	t.Helper()
	var frames []frame
	var want []string
	for _, e := range examples {
		frames = append(frames, e.frame)
		want = append(want, e.want)
	}
	s.expectProtocols(t, write(t, frames, wholeFrames), want, options...)
}

// mustEncode returns an encoded message.
func mustEncode(t *testing.T, m interface{ AppendBinary([]byte) ([]byte, error) }) []byte {
	t.Helper()
	b, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// asapAnnounce and enrpAnnounce are multicast messages of a registrar.
func asapAnnounce(t *testing.T) frame {
	return udp("192.0.2.1:3863", "239.0.0.50:3863", mustEncode(t, &asapmsg.ServerAnnounce{ServerID: 1}))
}

func enrpAnnounce(t *testing.T) frame {
	return udp("192.0.2.1:9901", "239.0.0.51:9901", presence(t))
}

func presence(t *testing.T) []byte {
	return mustEncode(t, &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: 1}})
}

// asapData and enrpData return DATA chunks. Each has a number of its own, since tshark does not dissect repetitions.
func asapData(t *testing.T, tsn uint32) []byte {
	m := asapmsg.EndpointKeepAlive{ServerID: 1, PoolHandle: "EchoPool", PEID: 0x11}
	return dataChunk(tsn, wire.PPIDASAP, mustEncode(t, &m))
}

func enrpData(t *testing.T, tsn uint32) []byte {
	m := enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: 1, Receiver: 2}}
	return dataChunk(tsn, wire.PPIDENRP, mustEncode(t, &m))
}

// SCTP in UDP is found at the ports of the protocols and at any other port, over IPv4 and IPv6, and announces at the same
// ports stay announces.
func TestPorts(t *testing.T) {
	newTshark(t).expect(t, []example{
		{asapAnnounce(t), "udp:asap"},
		{enrpAnnounce(t), "udp:enrp"},
		{udpSCTP("192.0.2.1:3863", "192.0.2.2:41000", initChunk()), "udp:sctp"},
		{udpSCTP("192.0.2.2:41000", "192.0.2.1:3863", asapData(t, 1)), "udp:sctp:asap"},
		{udpSCTP("[2001:db8::2]:41000", "[2001:db8::1]:3863", asapData(t, 2)), "udp:sctp:asap"},
		{udpSCTP("192.0.2.1:9901", "192.0.2.2:9901", enrpData(t, 3)), "udp:sctp:enrp"},
		{udpSCTP("[2001:db8::1]:9901", "[2001:db8::2]:9901", enrpData(t, 4)), "udp:sctp:enrp"},
		{udpSCTP("192.0.2.3:50001", "192.0.2.4:50002", asapData(t, 5)), "udp:sctp:asap"},
		{udpSCTP("[2001:db8::3]:50001", "[2001:db8::4]:50002", asapData(t, 6)), "udp:sctp:asap"},
		{udp("192.0.2.3:9899", "192.0.2.4:9899", sctpPacket(3863, 5000, asapData(t, 7))), "udp:sctp:asap"},
		{udp("192.0.2.3:50003", "192.0.2.4:9899", sctpPacket(3863, 5000, asapData(t, 8))), "udp:sctp:asap"},
		{asapAnnounce(t), "udp:asap"},
		{enrpAnnounce(t), "udp:enrp"},
	})
}

// An endpoint may have a port that Wireshark knows by another protocol, 44818 of EtherNet/IP for example. Then it is found
// if heuristics come first.
func TestPortOfOthers(t *testing.T) {
	newTshark(t).expect(t, []example{
		{udpSCTP("192.0.2.1:44818", "192.0.2.2:44818", asapData(t, 1)), "udp:sctp:asap"},
		{asapAnnounce(t), "udp:asap"},
	}, "-o", "udp.try_heuristic_first:TRUE")
}

// Once two ports have exchanged SCTP, a damaged packet is SCTP as well, and any other packet is not.
func TestKnownPorts(t *testing.T) {
	damaged := udpSCTP("192.0.2.1:3863", "192.0.2.2:3863", asapData(t, 2))
	damaged.payload[len(damaged.payload)-1] ^= 1
	s := newTshark(t)
	s.expect(t, []example{
		{damaged, "udp:asap"},
		{udpSCTP("192.0.2.2:3863", "192.0.2.1:3863", asapData(t, 1)), "udp:sctp:asap"},
		{damaged, "udp:sctp:asap"},
		{udp("192.0.2.1:3863", "192.0.2.2:3863", mustEncode(t, &asapmsg.ServerAnnounce{ServerID: 1})), "udp:asap"},
		{udpSCTP("192.0.2.1:9901", "192.0.2.2:9901", enrpData(t, 4)), "udp:sctp:enrp"},
		{udp("192.0.2.1:9901", "192.0.2.2:9901", presence(t)), "udp:enrp"}, // its parameters have the form of chunks
		{udp("192.0.2.1:50003", "192.0.2.2:50004", sctpPacket(3863, 5000, asapData(t, 5))), "udp:sctp:asap"},
		{udp("192.0.2.1:50003", "192.0.2.2:50004", sctpPacket(3863, 5000, asapData(t, 6))), "udp:sctp:asap"},
		{udpSCTP("192.0.2.1:50001", "192.0.2.2:50002", asapData(t, 3)), "udp:sctp:asap"},
		{udp("192.0.2.1:50001", "192.0.2.2:50002", []byte("this is not SCTP at all")), "udp:data"},
	})
	file := write(t, []frame{udpSCTP("192.0.2.2:3863", "192.0.2.1:3863", asapData(t, 1)), damaged}, wholeFrames)
	bad := s.run(t, slices.Concat(withScript, []string{
		"-o", verify, "-r", file, "-Y", `sctp.checksum.status == "Bad"`, "-T", "fields", "-e", "frame.number",
	})...)
	if !slices.Equal(bad, []string{"2"}) {
		t.Errorf("frames %q have a wrong checksum, want frame 2", bad)
	}
}

// Where a capture has only the beginnings of frames, SCTP is found by its ports.
func TestCutOff(t *testing.T) {
	long := func(tsn uint32) []byte { return dataChunk(tsn, 0, make([]byte, 1000)) }
	const snaplen = 40 + 8 + 12 + 16 // IPv6, UDP, SCTP, and the header of a DATA chunk
	frames := []frame{
		udpSCTP("192.0.2.1:50001", "192.0.2.2:50002", long(1)),
		udpSCTP("[2001:db8::1]:50001", "[2001:db8::2]:50002", long(2)),
		udpSCTP("192.0.2.1:9901", "192.0.2.2:9901", long(3)),
		udp("192.0.2.1:50003", "192.0.2.2:50004", make([]byte, 1000)),
		udp("192.0.2.1:50005", "192.0.2.2:50006", sctpPacket(5000, 5000, long(4))),
		asapAnnounce(t),
		enrpAnnounce(t),
	}
	if got := newTshark(t).withSCTP(t, write(t, frames, snaplen)); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("SCTP in the frames %q, want 1 to 3", got)
	}
}

// Of the demonstration, the first 96 octets of each frame are enough.
func TestCutOffDemo(t *testing.T) {
	s := newTshark(t)
	file := filepath.Join(t.TempDir(), "cut.pcapng")
	s.command(t, "editcap", "-s", "96", "demo.pcap", file)
	if whole, cut := s.withSCTP(t, "demo.pcap"), s.withSCTP(t, file); !slices.Equal(whole, cut) {
		t.Errorf("SCTP in the frames %q, and if they are cut off %q", whole, cut)
	}
}

// withSCTP returns the numbers of the frames in which the script finds SCTP.
func (s *tshark) withSCTP(t *testing.T, file string) []string {
	t.Helper()
	return s.run(t, slices.Concat(withScript, []string{"-r", file, "-Y", "sctp", "-T", "fields", "-e", "frame.number"})...)
}

// The demonstration has traffic of this project only. The script finds all of it, without a malformed message.
func TestDemo(t *testing.T) {
	s := newTshark(t)
	count := map[string]int{"udp:sctp": 0, "udp:asap": 0, "udp:enrp": 0, "udp:componentstatusprotocol": 0}
	for i, stack := range s.protocols(t, "demo.pcap") {
		lower := strings.Join(strings.SplitN(stack+":", ":", 3)[:2], ":")
		if _, isKnown := count[lower]; !isKnown {
			t.Errorf("frame %d: %s", i+1, stack)
		}
		count[lower]++
	}
	for lower, n := range count {
		t.Logf("%s: %d frames", lower, n)
		if n == 0 {
			t.Errorf("no frame has %s", lower)
		}
	}
	faults := s.run(t, slices.Concat(withScript, []string{
		"-o", verify, "-r", "demo.pcap", "-Y", `_ws.malformed || sctp.checksum.status == "Bad"`,
	})...)
	if len(faults) > 0 {
		t.Errorf("malformed, or with a wrong checksum:\n%s", strings.Join(faults, "\n"))
	}
}

// Traffic of others has the same protocols with the script and without.
func TestOtherTraffic(t *testing.T) {
	s := newTshark(t)
	for name, file := range map[string]string{
		"random":   write(t, otherTraffic(), wholeFrames),
		"cut off":  write(t, otherTraffic(), 60),
		"csp":      "../tools/testdata/csp.pcap",
		"takeover": "../tools/testdata/takeover.pcap",
	} {
		args := []string{"-r", file, "-T", "fields", "-e", "frame.protocols", "-e", "_ws.col.Info"}
		with, without := s.run(t, slices.Concat(withScript, args)...), s.run(t, args...)
		if len(without) == 0 || len(with) != len(without) {
			t.Fatalf("%s: %d frames with the script, %d without", name, len(with), len(without))
		}
		for i := range without {
			if got := ownLayers.ReplaceAllString(with[i], ""); got != without[i] {
				t.Errorf("%s, frame %d: %s with the script, %s without", name, i+1, got, without[i])
			}
		}
	}
}

// otherTraffic returns datagrams at well-known and at random ports: random octets, and packets with the form of SCTP but
// without its CRC32c.
func otherTraffic() []frame {
	random := rand.New(rand.NewPCG(1, 2))
	ports := []int{53, 123, 443, 3863, 5060, 9901, 50000}
	var frames []frame
	for range 500 {
		src := fmt.Sprintf("192.0.2.1:%d", 1024+random.IntN(64000))
		dst := fmt.Sprintf("192.0.2.2:%d", ports[random.IntN(len(ports))])
		data := make([]byte, random.IntN(200))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		frames = append(frames, udp(src, dst, data))

		form := sctpPacket(uint16(random.Uint32()), 50000, dataChunk(random.Uint32(), 0, data))
		binary.BigEndian.PutUint32(form[8:], random.Uint32())
		frames = append(frames, udp(src, "192.0.2.2:50000", form))
	}
	return frames
}
