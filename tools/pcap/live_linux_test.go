package pcap_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/tools/pcap"
)

// TestLive captures a datagram on the loopback interface, once.
func TestLive(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lo", pcap.AnyInterface} {
		live, err := pcap.Listen(name)
		if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EAFNOSUPPORT) {
			t.Skipf("no live capture here: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		text := []byte("live capture of " + name + " " + conn.LocalAddr().String())
		for i := range 2 {
			if _, err := conn.WriteTo(append(text, byte(i)), conn.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		timeout := time.AfterFunc(10*time.Second, func() { _ = live.Close() })
		for seen := 0; seen < 2; {
			p, err := live.Next()
			if err != nil {
				t.Fatalf("%s: %d seen: %v", name, seen, err)
			}
			if _, n, ours := bytes.Cut(p.Data, text); !ours {
				continue
			} else if len(n) != 1 || int(n[0]) != seen {
				t.Errorf("%s: saw % x instead of datagram %d", name, n, seen)
			}
			seen++
			if p.Link != pcap.LinkRaw || p.Data[0]>>4 != 4 || p.Truncated() || p.Number < seen {
				t.Errorf("%+v", p)
			}
			if p.Time.Before(before.Add(-time.Second)) || p.Time.After(time.Now().Add(time.Second)) {
				t.Errorf("captured at %v, sent at %v", p.Time, before)
			}
		}
		timeout.Stop()
		if n := live.Dropped(); n != 0 {
			t.Errorf("%d packets lost", n)
		}
		if err := live.Close(); err != nil {
			t.Error(err)
		}
		if _, err := live.Next(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestLiveNoInterface(t *testing.T) {
	t.Parallel()
	if _, err := pcap.Listen("no such interface"); err == nil {
		t.Error("an interface that does not exist was opened")
	}
}

// TestLiveClose holds that Close ends a Next that waits.
func TestLiveClose(t *testing.T) {
	t.Parallel()
	live, err := pcap.Listen("lo")
	if err != nil {
		t.Skipf("no live capture here: %v", err)
	}
	done := make(chan error)
	go func() {
		for {
			if _, err := live.Next(); err != nil {
				done <- err
				return
			}
		}
	}()
	if err := live.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want %v", err, net.ErrClosed)
	}
}
