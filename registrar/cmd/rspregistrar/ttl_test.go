//go:build unix

package main

import (
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/ipv4"

	"github.com/rserpool-go/rserpool/transport/transporttest"
)

// TestAnnounceTTL asserts that announces carry the TTL of -announcettl, which RSPLIB documents and
// refuses.
func TestAnnounceTTL(t *testing.T) {
	t.Parallel()
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Skip("no interface named lo: ", err)
	}
	group := &net.UDPAddr{IP: net.IPv4(239, 0, 0, 50), Port: int(transporttest.FreePort(t))}
	conn, err := net.ListenMulticastUDP("udp4", lo, group)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := ipv4.NewPacketConn(conn)
	if err := p.SetControlMessage(ipv4.FlagTTL, true); err != nil {
		t.Skip("the system does not tell the TTL: ", err)
	}
	cmd := exec.CommandContext(t.Context(), "rspregistrar", "-announcettl=7", fmt.Sprint("-asapannounce=", group), "-interface=lo",
		"-transport=udp", "-asap=127.0.0.1:0", "-enrp=127.0.0.1:0", "-enrpannounce=off", "-serverannouncecycle=100", "-mentorhuntinterval=100", "-quiet")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, cm, _, err := p.ReadFrom(make([]byte, 100)); err != nil || cm == nil || cm.TTL != 7 {
		t.Errorf("%v, %v, want TTL 7", cm, err)
	}
}
