//go:build linux && !386

package kernelsctp

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"
)

// An assocID is the kernel's number of an association.
type assocID int32

// The flags of an outgoing message that ends its association. SCTP_EOF of Linux is
// MSG_FIN; the library's constant differs.
const (
	flagAbort = 1 << 2
	flagEOF   = unix.MSG_FIN
)

// A socket is a one-to-many SCTP socket, or the socket of a single association that was
// peeled off.
type socket struct {
	fd   int // Owned by file; used within calls of its RawConn.
	file *os.File
	raw  syscall.RawConn
	lib  *sctp.SCTPConn
}

// newSocket takes over a non-blocking descriptor.
func newSocket(fd int) (*socket, error) {
	s := &socket{fd: fd, file: os.NewFile(uintptr(fd), "sctp"), lib: sctp.NewSCTPConn(fd, nil)}
	var err error
	if s.raw, err = s.file.SyscallConn(); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	// SetDeadline fails if the descriptor is not in the poller. Then a read would block a
	// thread.
	if err := s.file.SetDeadline(time.Time{}); err != nil {
		return nil, errors.Join(fmt.Errorf("kernelsctp: socket without poller: %w", err), s.file.Close())
	}
	return s, nil
}

// openSocket opens a one-to-many socket for IPv4, or for both IP versions.
func openSocket(family int) (*socket, error) {
	fd, err := unix.Socket(family, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_SCTP)
	if err != nil {
		return nil, markUnsupported(os.NewSyscallError("socket", err))
	}
	return newSocket(fd)
}

// markUnsupported wraps an error, with ErrUnsupported if the error means that the kernel
// has no SCTP.
func markUnsupported(err error) error {
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.ESOCKTNOSUPPORT) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("kernelsctp: %w", err)
}

func available() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, unix.IPPROTO_SCTP)
	if err != nil {
		return markUnsupported(os.NewSyscallError("socket", err))
	}
	return unix.Close(fd)
}

// control runs f while the descriptor belongs to the socket.
func (s *socket) control(f func() error) error {
	var err error
	if e := s.raw.Control(func(uintptr) { err = f() }); e != nil {
		return e
	}
	return err
}

// controlWhenRoom runs f, which sends, like control. While f returns EAGAIN, it waits for
// room and runs f again.
func (s *socket) controlWhenRoom(ctx context.Context, f func() error) error {
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = s.file.SetWriteDeadline(time.Unix(1, 0))
		close(woken)
	})
	var err error
	waitErr := s.raw.Write(func(uintptr) bool {
		err = f()
		return err != unix.EAGAIN
	})
	if !stop() {
		<-woken
		// This may clear the deadline of interrupt. The next f still notices the end of the
		// association, because f looks for the end before it sends.
		_ = s.file.SetWriteDeadline(time.Time{})
	}
	if waitErr == nil {
		return err
	}
	return cmp.Or(ctx.Err(), waitErr)
}

// interrupt wakes all calls that wait on the socket, without waiting itself.
func (s *socket) interrupt() { _ = s.file.SetDeadline(time.Unix(1, 0)) }

// A packet is the result of a receive call: data, or an event.
type packet struct {
	data   []byte
	event  bool
	name   []byte // The socket address of the peer; for an event, the primary address.
	whole  bool   // The data ends a message.
	id     assocID
	stream uint16
	ppid   uint32
}

// A buffer has the memory for a receive call.
type buffer struct {
	data []byte
	oob  []byte
	name [unix.SizeofSockaddrInet6]byte
	iov  unix.Iovec
	msg  unix.Msghdr
}

func newBuffer() *buffer {
	b := &buffer{data: make([]byte, MaxMessageSize+1), oob: make([]byte, 256)}
	b.iov.Base = &b.data[0]
	b.iov.SetLen(len(b.data))
	b.msg.Iov = &b.iov
	b.msg.SetIovlen(1)
	b.msg.Control = &b.oob[0]
	b.msg.Name = &b.name[0]
	return b
}

// receive reads data or an event into b, within a call of raw. The descriptor is
// non-blocking, so the call need not be announced to the scheduler. An announced call of
// about 20 microseconds would cost the goroutine its processor.
func (s *socket) receive(b *buffer) (packet, error) {
	b.msg.SetControllen(len(b.oob))
	b.msg.Namelen = uint32(len(b.name))
	n, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&b.msg)), 0)
	if errno != 0 {
		return packet{}, errno
	}
	flags := b.msg.Flags
	p := packet{data: b.data[:n], name: b.name[:b.msg.Namelen], event: flags&sctp.MSG_NOTIFICATION != 0, whole: flags&unix.MSG_EOR != 0}
	for oob := b.oob[:b.msg.Controllen]; len(oob) > 0 && !p.event; {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return packet{}, err
		}
		if h.Level == unix.IPPROTO_SCTP && h.Type == sctp.SCTP_CMSG_SNDRCV && len(data) >= sndRcvLen {
			p.stream = binary.NativeEndian.Uint16(data)
			p.ppid = binary.BigEndian.Uint32(data[8:])
			p.id = assocID(binary.NativeEndian.Uint32(data[28:]))
		}
		oob = rest
	}
	return p, nil
}

// sndRcvLen is the size of struct sctp_sndrcvinfo, in octets.
const sndRcvLen = 32

// write sends a message without waiting, within a call of raw.
func (s *socket) write(id assocID, stream uint16, ppid uint32, data []byte) error {
	return s.send(id, stream, ppid, 0, data)
}

// end sends SCTP_EOF, or SCTP_ABORT with a reason.
func (s *socket) end(id assocID, flags uint16, reason string) error {
	return s.control(func() error {
		return os.NewSyscallError("sendmsg", s.send(id, 0, 0, flags, []byte(reason)))
	})
}

// send sends a message without announcing the call to the scheduler, like receive. The
// library and package syscall would add an octet to an empty message.
func (s *socket) send(id assocID, stream uint16, ppid uint32, flags uint16, data []byte) error {
	var control struct {
		unix.Cmsghdr
		info [sndRcvLen]byte
	}
	control.Level, control.Type = unix.IPPROTO_SCTP, sctp.SCTP_CMSG_SNDRCV
	control.SetLen(unix.CmsgLen(sndRcvLen))
	binary.NativeEndian.PutUint16(control.info[0:], stream)
	binary.NativeEndian.PutUint16(control.info[4:], flags)
	binary.BigEndian.PutUint32(control.info[8:], ppid)
	binary.NativeEndian.PutUint32(control.info[28:], uint32(id))

	msg := unix.Msghdr{Control: (*byte)(unsafe.Pointer(&control))}
	msg.SetControllen(unix.CmsgSpace(sndRcvLen))
	var iov unix.Iovec
	if len(data) > 0 {
		iov.Base = &data[0]
		iov.SetLen(len(data))
		msg.Iov = &iov
		msg.SetIovlen(1)
	}
	_, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&msg)), unix.MSG_NOSIGNAL)
	if errno != 0 {
		return errno
	}
	return nil
}

// libAddr converts a list of addresses for the library.
func libAddr(addrs []netip.Addr, port uint16) *sctp.SCTPAddr {
	a := &sctp.SCTPAddr{Port: int(port)}
	for _, addr := range addrs {
		a.IPAddrs = append(a.IPAddrs, net.IPAddr{IP: addr.AsSlice(), Zone: addr.Zone()})
	}
	return a
}
