package multicast_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/multicast"
)

// The groups of the tests in namespaces.
var (
	group4    = netip.MustParseAddrPort("239.0.0.50:3863")
	group6    = netip.MustParseAddrPort("[ff08::50]:3863")
	groupLink = netip.MustParseAddrPort("[ff02::50]:3863")
)

// wired returns a host in a namespace of its own, connected to the test's by
// cables: cable0, with addresses ending in 1 here and 2 there, and so on. Both
// can send when it returns.
func wired(t *testing.T, cables int) *host {
	t.Helper()
	h := startHost(t, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET})
	h.do("ip link set lo up")
	for i := range cables {
		cable(t, h, i)
	}
	for i := range cables {
		name := fmt.Sprintf("cable%d", i)
		if err := awaitCarrier(name); err != nil {
			t.Fatal(err)
		}
		h.do("await %s", name)
	}
	return h
}

// cable adds a cable to a host. Its ends may need a while before they can send:
// see awaitCarrier.
func cable(t *testing.T, h *host, i int) {
	t.Helper()
	name := fmt.Sprintf("cable%d", i)
	ip(t, fmt.Sprintf("link add %s type veth peer name %s netns %d", name, name, h.cmd.Process.Pid))
	setup := func(do func(string), side int) {
		do(fmt.Sprintf("link set %s addrgenmode none", name))
		do(fmt.Sprintf("link set %s up", name))
		do(fmt.Sprintf("addr add 10.0.%d.%d/24 dev %s", i, side, name))
		do(fmt.Sprintf("addr add 10.0.%d.%d/24 dev %s", i, side+100, name)) // Never the source.
		do(fmt.Sprintf("addr add fe80::%d:%d/64 dev %s nodad", i, side, name))
		do(fmt.Sprintf("addr add fd00:%d::%d/64 dev %s nodad", i, side, name))
	}
	setup(func(args string) { h.do("ip %s", args) }, 2)
	setup(func(args string) { ip(t, args) }, 1)
}

// wantGot fails unless the datagrams are these, in any order.
func wantGot(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Errorf("received %q, want %q", got, want)
	}
}

func TestOnlyLoopback(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		g := join(t, group4, nil)
		conn := listen(t, "udp", "", group4.Port())
		sender := newSender(t, conn, nil)
		if err := sender.Send(group4, []byte("here")); err != nil {
			t.Fatal(err)
		}
		wantDatagram(t, g, "here", netip.MustParseAddrPort("127.0.0.1:3863"))

		// IPv6 wants a route.
		join6 := join(t, group6, nil)
		if err := sender.Send(group6, []byte("no route")); err == nil {
			t.Error("sent to an IPv6 group without a route")
		}
		ip(t, "-6 route add local ff00::/8 dev lo table local")
		if err := sender.Send(group6, []byte("here")); err != nil {
			t.Fatal(err)
		}
		wantDatagram(t, join6, "here", netip.MustParseAddrPort("[::1]:3863"))
		if err := newSender(t, conn, multicast.Interfaces{"none"}).Send(group4, []byte("lost")); err == nil {
			t.Error("sent on no interface")
		}
	})
}

func TestSeveralInterfaces(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		h := wired(t, 3)
		h.do("join %v", group4)
		own := startHost(t, &syscall.SysProcAttr{})
		own.do("join %v", group4)
		for _, network := range []string{"udp", "udp4"} {
			conn := listen(t, network, "", group4.Port())
			send := func(ifaces multicast.Interfaces, text string) {
				if err := newSender(t, conn, ifaces).Send(group4, []byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			send(nil, "all")
			send(multicast.Interfaces{"cable0", "cable1"}, "some")
			send(multicast.Interfaces{"lo"}, "inside")
			send(nil, "end")
			wantGot(t, h.collect(3), "10.0.0.1 all", "10.0.1.1 all", "10.0.2.1 all", "10.0.0.1 some", "10.0.1.1 some")
			wantGot(t, own.collect(4), "127.0.0.1 all", "10.0.0.1 all", "10.0.1.1 all", "10.0.2.1 all",
				"10.0.0.1 some", "10.0.1.1 some", "127.0.0.1 inside")
			conn.Close()
		}
		// A socket with an address sends on the interface that has it.
		conn := listen(t, "udp4", "10.0.1.101", group4.Port())
		for _, text := range []string{"bound", "end"} {
			if err := newSender(t, conn, nil).Send(group4, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		wantGot(t, h.collect(1), "10.0.1.101 bound")
	})
}

func TestIPv6(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		h := wired(t, 2)
		conn := listen(t, "udp", "", 0)
		sender := newSender(t, conn, nil)
		own := join(t, group6, nil)
		h.do("join %v", group6)
		for _, text := range []string{"six", "end"} {
			if err := sender.Send(group6, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		wantGot(t, h.collect(2), "fd00::1 six", "fd00:1::1 six")
		var heard []string // Of what is sent here, and what comes back from nowhere else.
		for range 4 {
			data, source := receive(t, own)
			heard = append(heard, fmt.Sprintf("%v %s", source.Addr(), data))
		}
		wantGot(t, heard, "fd00::1 six", "fd00:1::1 six", "fd00::1 end", "fd00:1::1 end")

		// A link-local group, with the interface in the source.
		h.do("join %v", groupLink)
		for _, text := range []string{"link", "end"} {
			if err := sender.Send(groupLink, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		wantGot(t, h.collect(2), "fe80::1%cable0 link", "fe80::1:1%cable1 link")
	})
}

// A group hears its own interfaces only, also while others on the host have
// joined on other ones.
func TestLimitedReceiver(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		h := wired(t, 2)
		for _, group := range []netip.AddrPort{group4, group6} {
			all, limited := join(t, group, nil), join(t, group, multicast.Interfaces{"cable1"})
			wildcard := listen(t, "udp", "", group.Port())
			h.do("send %v text", group)
			sources := []string{}
			for range 2 {
				_, source := receive(t, all)
				sources = append(sources, source.Addr().String())
			}
			want := map[netip.AddrPort][]string{
				group4: {"10.0.0.2", "10.0.1.2"},
				group6: {"fd00::2", "fd00:1::2"},
			}[group]
			wantGot(t, sources, want...)
			h.do("send %v end", group)
			for _, text := range []string{"text", "end"} {
				data, source := receive(t, limited)
				if data != text || source.Addr().String() != want[1] {
					t.Errorf("received %q from %v, want %q and only from %v", data, source, text, want[1])
				}
			}
			// An endpoint on the port has got nothing: a datagram of its own, sent
			// after those, is the first.
			to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), group.Port())
			if _, err := wildcard.WriteToUDPAddrPort([]byte("unicast"), to); err != nil {
				t.Fatal(err)
			}
			if err := wildcard.SetReadDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 100)
			if n, _, err := wildcard.ReadFromUDPAddrPort(buf); err != nil || string(buf[:n]) != "unicast" {
				t.Errorf("the endpoint received %q, %v", buf[:n], err)
			}
			wildcard.Close()
		}
	})
}

// Interfaces that come, go and come again are used.
func TestLateInterface(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		h := wired(t, 0)
		g := join(t, group4, nil)
		sender := newSender(t, listen(t, "udp", "", 0), nil)
		h.do("join %v", group4)
		for range 2 {
			start := time.Now()
			cable(t, h, 0)
			heard := make(chan struct{})
			go func() {
				defer close(heard)
				for {
					data, _, err := g.Receive(t.Context())
					if err != nil || string(data) == "from-there" {
						return
					}
				}
			}()
			for here, there := false, false; !here || !there; {
				if time.Since(start) > 2*patience {
					t.Fatalf("not heard: here %v, there %v", here, there)
				}
				h.do("send %v from-there", group4)
				if err := sender.Send(group4, []byte("from-here")); err != nil {
					t.Fatal(err)
				}
				if line, ok := h.line(100 * time.Millisecond); ok {
					h.got = append(h.got, line)
				}
				there = there || slices.ContainsFunc(h.got, func(s string) bool { return strings.Contains(s, "10.0.0.1 from-here") })
				select {
				case <-heard:
					here = true
				default:
				}
			}
			t.Logf("both ways after %v", time.Since(start))
			h.got = nil
			ip(t, "link del cable0")
		}
	})
}

// Processes of different users on one host get every datagram each, and
// more interfaces work than a socket can have memberships.
func TestManyReceiversAndInterfaces(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		const cables = 24
		h := wired(t, cables)
		h.do("join %v", group4)
		var hosts []*host
		for i := range 3 {
			attr := &syscall.SysProcAttr{}
			if i == 2 {
				attr.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
			}
			r := startHost(t, attr)
			r.do("join %v lo", group4)
			hosts = append(hosts, r)
		}
		sender := newSender(t, listen(t, "udp", "", group4.Port()), nil)
		for _, text := range []string{"one", "end"} {
			if err := sender.Send(group4, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range hosts {
			wantGot(t, r.collect(1), "127.0.0.1 one")
		}
		if got := h.collect(cables); len(got) != cables {
			t.Errorf("%d datagrams over %d interfaces: %q", len(got), cables, got)
		}
	})
}
