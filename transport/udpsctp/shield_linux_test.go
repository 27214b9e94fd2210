package udpsctp

import (
	"net"
	"testing"
	"time"
)

// TestPassHandshakes sends INITs to an endpoint whose system passes few of them. Associations
// go on, and all INITs are answered afterwards.
func TestPassHandshakes(t *testing.T) {
	t.Parallel()
	e := bindLoopback(t, Config{})
	a, b := connect(t, bindLoopback(t, Config{}), e)
	stranger, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(e.LocalAddrs()[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	port := uint16(stranger.LocalAddr().(*net.UDPAddr).Port)
	// answers sends INITs, and counts the answers. The answer to a packet out of the blue
	// comes last.
	answers := func(inits int) (answered int) {
		for i := range inits {
			init := someInit(i + 1)
			_, _ = stranger.Write(singleChunk(header{src: port, dst: e.port}, init.typ, 0, init.value))
		}
		_, _ = stranger.Write(singleChunk(header{src: port, dst: e.port, tag: 1}, chunkShutdownAck, 0, nil))
		buf := make([]byte, 2000)
		for {
			if err := stranger.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			n, err := stranger.Read(buf)
			if err != nil {
				t.Fatalf("after %d answers: %v", answered, err)
			}
			if chunkType(buf[:n][headerLen]) == chunkShutdownComplete {
				return answered
			}
			answered++
		}
	}
	const inits = 100
	e.sockets[0].passHandshakes(shieldMax)
	exchange(t, a, b)
	// One of 256 passes. More than 20 of 100 do so once in 10^27 runs.
	if got := answers(inits); got > 20 {
		t.Errorf("%d of %d INITs were answered, want few", got, inits)
	}
	exchange(t, a, b)
	e.sockets[0].passHandshakes(0)
	if got := answers(inits); got != inits {
		t.Errorf("%d of %d INITs were answered, want all", got, inits)
	}
}
