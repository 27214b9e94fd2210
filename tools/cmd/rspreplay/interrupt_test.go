package main

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
)

// TestInterrupt interrupts a replay at a registrar that never answers. The summary comes at once.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	endpoint, err := udpsctp.NewNetwork(udpsctp.Config{}).Listen(t.Context(), transport.ListenConfig{
		Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	silent := hub.New(hub.Config[script.Message]{
		Endpoint: endpoint, PPID: wire.PPIDASAP,
		Parse: func(b []byte) (script.Message, error) { return script.ParseMessage(wire.PPIDASAP, b), nil },
	})
	defer silent.Close() //nolint:errcheck // The test is over.

	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "rspreplay", "-against="+silent.LocalAddrs()[0].String(), "-asap-only",
		"-transport=udp", "-patience=1h", "-logquiet", "../../testdata/echo.pcap")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for isSent := false; !isSent; {
		_, isSent = (<-silent.Events()).(step.Received[script.Message])
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v: %s", err, &stderr)
	}
	if !strings.Contains(stdout.String(), "\n0 answers compared, 0 differences\n") {
		t.Errorf("output: %s", &stdout)
	}
}
