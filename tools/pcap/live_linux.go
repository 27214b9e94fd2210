package pcap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A Live captures from an interface.
type Live struct {
	file     *os.File
	conn     rawConn
	closed   atomic.Bool
	dropped  atomic.Uint32
	loopback map[int]bool // by interface index
	buf, oob []byte
	packet   Packet
}

// rawConn is the part of syscall.RawConn that is needed.
type rawConn interface {
	Read(func(fd uintptr) bool) error
}

// AnyInterface is the name that stands for all interfaces.
const AnyInterface = "any"

// receiveBuffer is how much the kernel keeps for us, in octets.
const receiveBuffer = 8 << 20

// Listen captures what IP packets with SCTP or UDP come and go at an interface. The
// packets have no link header. It needs the capability CAP_NET_RAW. A packet on a
// loopback interface is captured once.
func Listen(name string) (*Live, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	l := &Live{loopback: make(map[int]bool), buf: make([]byte, MaxPacketLen), oob: make([]byte, 128)}
	index := 0
	for _, i := range interfaces {
		if i.Name == name {
			index = i.Index
		}
		l.loopback[i.Index] = i.Flags&net.FlagLoopback != 0
	}
	if index == 0 && name != AnyInterface {
		return nil, fmt.Errorf("no interface %s", name)
	}
	// Bound to no protocol at first, so that nothing comes before the filter is set.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	l.file = os.NewFile(uintptr(fd), name)
	if err := l.configure(fd, index); err != nil {
		_ = l.file.Close()
		return nil, err
	}
	if l.conn, err = l.file.SyscallConn(); err != nil {
		_ = l.file.Close()
		return nil, err
	}
	return l, nil
}

func (l *Live) configure(fd, index int) error {
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, filter()); err != nil {
		return os.NewSyscallError("setsockopt SO_ATTACH_FILTER", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1); err != nil {
		return os.NewSyscallError("setsockopt SO_TIMESTAMPNS_NEW", err)
	}
	// More room is better, but not needed.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	all := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL))
	return os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: index}))
}

// filter returns a program for the kernel that lets IPv4 with SCTP or UDP and all IPv6
// through: behind IPv6 there may be more headers before either.
func filter() *unix.SockFprog {
	const (
		loadWord = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		loadByte = unix.BPF_LD | unix.BPF_B | unix.BPF_ABS
		ifEqual  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		ret      = unix.BPF_RET | unix.BPF_K

		adProtocol   = 0xfffff000 // SKF_AD_OFF + SKF_AD_PROTOCOL
		ipv4Protocol = 9
		sctp, udp    = 132, 17
	)
	program := []unix.SockFilter{
		{Code: loadWord, K: adProtocol},
		{Code: ifEqual, Jt: 4, K: unix.ETH_P_IPV6},
		{Code: ifEqual, Jf: 4, K: unix.ETH_P_IP},
		{Code: loadByte, K: ipv4Protocol},
		{Code: ifEqual, Jt: 1, K: sctp},
		{Code: ifEqual, Jf: 1, K: udp},
		{Code: ret, K: MaxPacketLen},
		{Code: ret},
	}
	return &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
}

// Next waits for a packet, which is valid until the next call. It returns
// [net.ErrClosed] after Close.
func (l *Live) Next() (*Packet, error) {
	for {
		var n, oobn int
		var from unix.Sockaddr
		var err error
		readErr := l.conn.Read(func(fd uintptr) bool {
			n, oobn, _, from, err = unix.Recvmsg(int(fd), l.buf, l.oob, unix.MSG_TRUNC)
			return !errors.Is(err, unix.EAGAIN)
		})
		switch {
		case readErr != nil && l.closed.Load():
			return nil, net.ErrClosed
		case readErr != nil:
			return nil, readErr
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, os.NewSyscallError("recvmsg", err)
		}
		ll, ok := from.(*unix.SockaddrLinklayer)
		if !ok || l.loopback[ll.Ifindex] && ll.Pkttype == unix.PACKET_OUTGOING {
			continue // The kernel shows it again when it comes back.
		}
		l.packet.Number++
		l.packet.Time = timestamp(l.oob[:oobn])
		l.packet.Link = LinkRaw
		l.packet.Data = l.buf[:min(n, len(l.buf))]
		l.packet.Len = n
		return &l.packet, nil
	}
}

// timestamp returns when the kernel got the packet.
func timestamp(oob []byte) time.Time {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return time.Now().UTC()
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS_NEW && len(m.Data) >= 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:]))).UTC()
		}
	}
	return time.Now().UTC()
}

// Dropped returns how many packets the kernel had no room for since the last call, after
// Close as well.
func (l *Live) Dropped() uint32 {
	l.countDropped()
	return l.dropped.Swap(0)
}

// countDropped asks the kernel, as long as there is a socket.
func (l *Live) countDropped() {
	raw, err := l.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		if s, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			l.dropped.Add(s.Drops)
		}
	})
}

// Close ends the capture. A call of Next that waits returns.
func (l *Live) Close() error {
	l.closed.Store(true)
	l.countDropped()
	return l.file.Close()
}
