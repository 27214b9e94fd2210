package csp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// ReceiverConfig configures a [Receiver]. The zero value works.
type ReceiverConfig struct {
	// Local is the address of the socket. An invalid address, and the unspecified address of IPv6,
	// mean all addresses of the host, also those of IPv4.
	// The port is used as it is: 0 means any free port. The zero value of Local stands for all
	// addresses and [Port].
	Local netip.AddrPort
	// Monitor has the bounds.
	Monitor MonitorConfig
	// Notify is called for each change, by the goroutine of [Receiver.Run]. Reports wait in the
	// socket meanwhile. nil: changes are not told.
	Notify func(Change)
}

// A Receiver receives reports at a UDP socket and keeps the components that send them. It follows
// the rules of [Monitor].
type Receiver struct {
	conn   *net.UDPConn
	notify func(Change)

	mu      sync.Mutex // guards monitor
	monitor *Monitor
}

// socketBuffer is the size of the socket's receive buffer: reports of thousands of components may
// arrive at once. The kernel may grant less.
const socketBuffer = 1 << 20

// Listen opens the socket of a receiver. Reports wait there until [Receiver.Run].
func Listen(config ReceiverConfig) (*Receiver, error) {
	local := config.Local
	if local == (netip.AddrPort{}) {
		local = netip.AddrPortFrom(netip.Addr{}, Port)
	} else if local.Addr() == netip.IPv6Unspecified() {
		local = netip.AddrPortFrom(netip.Addr{}, local.Port()) // Hosts without IPv6 have no such address.
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(local))
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(socketBuffer)
	return &Receiver{conn: conn, notify: config.Notify, monitor: NewMonitor(config.Monitor)}, nil
}

// Addr returns the address of the socket.
func (r *Receiver) Addr() netip.AddrPort { return r.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Snapshot returns the present components. Several goroutines may call it.
func (r *Receiver) Snapshot() Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.monitor.Snapshot(time.Now())
}

// Close closes the socket of a receiver that is not to run. Run closes it as well.
func (r *Receiver) Close() error { return r.conn.Close() }

// Run receives reports until the context ends, and closes the socket. It returns the error of the
// socket, nil after the end of the context.
func (r *Receiver) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = r.conn.Close() })()
	defer r.conn.Close()              //nolint:errcheck // Nothing was promised.
	buffer := make([]byte, maxPacket) // A longer datagram does not exist.
	var alarm time.Time               // read deadline of the socket
	for {
		if d := r.deadline(); alarm.IsZero() && !d.IsZero() || d.Before(alarm) {
			alarm = d
			if err := r.conn.SetReadDeadline(alarm); err != nil {
				return unlessEnded(ctx, err)
			}
		}
		n, from, err := r.conn.ReadFromUDPAddrPort(buffer)
		switch {
		case err == nil:
			r.step(Datagram{From: from, Data: buffer[:n]})
		case errors.Is(err, os.ErrDeadlineExceeded):
			alarm = time.Time{}
			if err := r.conn.SetReadDeadline(alarm); err != nil {
				return unlessEnded(ctx, err)
			}
			r.step(Timer{})
		default:
			return unlessEnded(ctx, err)
		}
	}
}

// maxPacket is the largest length of an IP packet.
const maxPacket = 1<<16 - 1

// unlessEnded returns the error of a socket, nil if the context has ended and closed it.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (r *Receiver) deadline() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.monitor.Deadline()
}

// step tells the monitor of an event, and tells its changes.
func (r *Receiver) step(event Event) {
	r.mu.Lock()
	changes := r.monitor.Step(time.Now(), event)
	r.mu.Unlock()
	if r.notify == nil {
		return
	}
	// Only this goroutine calls Step, so the slice stays valid.
	for _, c := range changes {
		r.notify(c)
	}
}
