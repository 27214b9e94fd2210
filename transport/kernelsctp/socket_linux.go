//go:build linux && !386

package kernelsctp

import (
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

// The flags of an outgoing message that ends its association. Linux's SCTP_EOF is
// MSG_FIN; the library's constant is another flag.
const (
	flagAbort = 1 << 2
	flagEOF   = unix.MSG_FIN
)

// A socket is a one-to-many SCTP socket, or one that was peeled off one.
type socket struct {
	fd   int // Belongs to file; used within its RawConn's calls.
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
	// Without the poller a read would block a thread; then this fails.
	if err := s.file.SetDeadline(time.Time{}); err != nil {
		return nil, errors.Join(fmt.Errorf("kernelsctp: socket without poller: %w", err), s.file.Close())
	}
	return s, nil
}

// openSocket opens a one-to-many socket for IPv4, or for both versions of IP.
func openSocket(family int) (*socket, error) {
	fd, err := unix.Socket(family, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_SCTP)
	if err != nil {
		return nil, noSCTP(os.NewSyscallError("socket", err))
	}
	return newSocket(fd)
}

// noSCTP marks an error that says that the kernel has no SCTP.
func noSCTP(err error) error {
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.ESOCKTNOSUPPORT) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("kernelsctp: %w", err)
}

func available() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, unix.IPPROTO_SCTP)
	if err != nil {
		return noSCTP(os.NewSyscallError("socket", err))
	}
	return unix.Close(fd)
}

// control runs f while the descriptor is certain to be the socket's.
func (s *socket) control(f func() error) error {
	var err error
	if e := s.raw.Control(func(uintptr) { err = f() }); e != nil {
		return e
	}
	return err
}

// interrupt wakes all that wait on the socket. It does not wait itself.
func (s *socket) interrupt() { _ = s.file.SetDeadline(time.Unix(1, 0)) }

// A packet is what one receive call brings: data, or an event.
type packet struct {
	data   []byte
	event  bool
	whole  bool // The end of a message.
	id     assocID
	stream uint16
	ppid   uint32
}

// receive reads data or an event into b, within a call of raw.
func (s *socket) receive(b, oob []byte) (packet, error) {
	n, oobn, flags, _, err := unix.Recvmsg(s.fd, b, oob, 0)
	if err != nil {
		return packet{}, err
	}
	p := packet{data: b[:n], event: flags&sctp.MSG_NOTIFICATION != 0, whole: flags&unix.MSG_EOR != 0}
	for oob = oob[:oobn]; len(oob) > 0 && !p.event; {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return packet{}, err
		}
		if h.Level == unix.IPPROTO_SCTP && h.Type == sctp.SCTP_CMSG_SNDRCV && len(data) >= 32 {
			p.stream = binary.NativeEndian.Uint16(data)
			p.ppid = binary.BigEndian.Uint32(data[8:])
			p.id = assocID(binary.NativeEndian.Uint32(data[28:]))
		}
		oob = rest
	}
	return p, nil
}

// write sends a message without waiting, within a call of raw.
func (s *socket) write(id assocID, stream uint16, ppid uint32, data []byte) error {
	info := sctp.SndRcvInfo{Stream: stream, PPID: ppid, AssocID: int32(id)}
	_, err := s.lib.SCTPWrite(data, &info)
	return err
}

// end sends SCTP_EOF, or SCTP_ABORT with a reason. syscall.SendmsgN and the
// library, which uses it, cannot send nothing: they put an octet in.
func (s *socket) end(id assocID, flags uint16, reason string) error {
	cmsg := make([]byte, unix.CmsgSpace(32))
	h := (*unix.Cmsghdr)(unsafe.Pointer(&cmsg[0]))
	h.Level, h.Type = unix.IPPROTO_SCTP, sctp.SCTP_CMSG_SNDRCV
	h.SetLen(unix.CmsgLen(32))
	info := cmsg[unix.CmsgLen(0):]
	binary.NativeEndian.PutUint16(info[4:], flags)
	binary.NativeEndian.PutUint32(info[28:], uint32(id))

	msg := unix.Msghdr{Control: &cmsg[0]}
	msg.SetControllen(len(cmsg))
	var iov unix.Iovec
	if reason != "" {
		b := []byte(reason)
		iov.Base = &b[0]
		iov.SetLen(len(b))
		msg.Iov = &iov
		msg.SetIovlen(1)
	}
	return s.control(func() error {
		_, _, errno := unix.Syscall(unix.SYS_SENDMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&msg)), unix.MSG_NOSIGNAL)
		if errno != 0 {
			return os.NewSyscallError("sendmsg", errno)
		}
		return nil
	})
}

// libAddr is a list of addresses for the library.
func libAddr(addrs []netip.Addr, port uint16) *sctp.SCTPAddr {
	a := &sctp.SCTPAddr{Port: int(port)}
	for _, addr := range addrs {
		a.IPAddrs = append(a.IPAddrs, net.IPAddr{IP: addr.AsSlice(), Zone: addr.Zone()})
	}
	return a
}
