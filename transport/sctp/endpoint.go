package sctp

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
)

// An endpoint joins an endpoint over kernel SCTP and an endpoint over SCTP in UDP, which
// have the same port number.
type endpoint struct {
	*onetomany.Base

	kernel, udp transport.Endpoint
	headStart   time.Duration
}

var _ transport.Endpoint = (*endpoint)(nil)

// newEndpoint joins two endpoints. With noAccept neither of them accepts associations.
func newEndpoint(kernel, udp transport.Endpoint, headStart time.Duration, noAccept bool) *endpoint {
	e := &endpoint{Base: onetomany.NewBase(0), kernel: kernel, udp: udp, headStart: headStart}
	if noAccept {
		return e
	}
	for _, side := range []transport.Endpoint{kernel, udp} {
		e.Running.Go(func() { e.acceptFrom(side) })
	}
	return e
}

// acceptFrom hands on the associations of one side until that side is closed. The side's
// Close aborts an association that nobody has taken by then.
func (e *endpoint) acceptFrom(side transport.Endpoint) {
	for {
		a, err := side.Accept(context.Background())
		if err != nil || !e.Enqueue(a) {
			return
		}
	}
}

// LocalAddrs implements transport.Endpoint.
func (e *endpoint) LocalAddrs() []netip.AddrPort { return e.kernel.LocalAddrs() }

// An outcome is the result of Dial over kernel SCTP or over SCTP in UDP.
type outcome struct {
	assoc transport.Association
	err   error
}

// Dial implements transport.Endpoint.
func (e *endpoint) Dial(ctx context.Context, peer []netip.AddrPort) (transport.Association, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	kernel, udp := make(chan outcome, 1), make(chan outcome, 1)
	start := func(side transport.Endpoint, to chan outcome) {
		go func() { // Dial receives the outcome, so Close need not wait for this goroutine.
			a, err := side.Dial(ctx, peer)
			to <- outcome{a, err}
		}()
	}
	start(e.kernel, kernel)
	timer := time.NewTimer(e.headStart)
	defer timer.Stop()
	select {
	case o := <-kernel:
		if o.err == nil || ctx.Err() != nil || errors.Is(o.err, transport.ErrClosed) {
			return o.assoc, o.err
		}
		kernel <- o
	case <-timer.C:
	}
	start(e.udp, udp)
	first, other := outcome{}, udp
	select {
	case first = <-kernel:
	case first = <-udp:
		other = kernel
	}
	if first.err != nil {
		first = chooseOutcome(<-other, first)
		return first.assoc, first.err
	}
	cancel()
	if late := <-other; late.err == nil {
		late.assoc.Abort("another association is up")
	}
	return first.assoc, nil
}

// chooseOutcome returns the successful outcome. Of two errors, it prefers an answer of
// the peer to silence.
func chooseOutcome(a, b outcome) outcome {
	refused := func(err error) bool {
		down, ok := errors.AsType[*transport.DownError](err)
		return ok && down.Cause != transport.CauseUnreachable
	}
	if a.err == nil || b.err != nil && refused(a.err) && !refused(b.err) {
		return a
	}
	return b
}

// SendMulticast implements transport.Endpoint.
func (e *endpoint) SendMulticast(group netip.AddrPort, data []byte) error {
	return e.udp.SendMulticast(group, data)
}

// Shutdown implements transport.Endpoint.
func (e *endpoint) Shutdown(ctx context.Context) error {
	var kernelErr, udpErr error
	var wg sync.WaitGroup
	wg.Go(func() { kernelErr = e.kernel.Shutdown(ctx) })
	wg.Go(func() { udpErr = e.udp.Shutdown(ctx) })
	wg.Wait()
	return errors.Join(kernelErr, udpErr, e.Close())
}

// Close implements transport.Endpoint.
func (e *endpoint) Close() error {
	return e.CloseOnce(func() error { return errors.Join(e.kernel.Close(), e.udp.Close()) })
}
