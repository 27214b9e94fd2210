package attack

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

const dialTimeout = 10 * time.Second

// A speaker is a proper association with a target.
type speaker struct {
	endpoint transport.Endpoint
	assoc    transport.Association
	ppid     uint32
	hearing  sync.WaitGroup
}

// speak opens an association from the k-th source address. The caller closes it.
func (w *work) speak(ctx context.Context, k int, to netip.AddrPort, ppid uint32) (*speaker, error) {
	endpoint, err := udpsctp.NewNetwork(udpsctp.Config{}).Listen(ctx, transport.ListenConfig{Addrs: []netip.Addr{w.source(k).Addr()}})
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	assoc, err := endpoint.Dial(limited, []netip.AddrPort{to})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("association with %v: %w", to, err), endpoint.Close())
	}
	return &speaker{endpoint: endpoint, assoc: assoc, ppid: ppid}, nil
}

// speakASAP opens an association with the registrar as an element or a user.
func (w *work) speakASAP(ctx context.Context, k int) (*speaker, error) {
	return w.speak(ctx, k, w.ASAP, wire.PPIDASAP)
}

// addr returns the address of the speaker.
func (s *speaker) addr() netip.AddrPort { return s.assoc.LocalAddrs()[0] }

// tell sends a message. It waits while the target takes nothing.
func (s *speaker) tell(ctx context.Context, m encoding.BinaryAppender) error {
	data, err := m.AppendBinary(nil)
	if err != nil {
		return fmt.Errorf("message of the attack: %w", err)
	}
	return s.assoc.Send(ctx, transport.Message{PPID: s.ppid, Data: data})
}

// hear calls f for each message until the association ends.
func (s *speaker) hear(f func(data []byte)) {
	s.hearing.Go(func() {
		for {
			m, err := s.assoc.Receive(context.Background())
			if err != nil {
				return // close, or the target has ended the association.
			}
			f(m.Data)
		}
	})
}

// hearASAP calls f for each message of ASAP.
func (s *speaker) hearASAP(f func(m asapmsg.Message)) {
	s.hear(func(data []byte) {
		if m, err := asapmsg.Parse(data); err == nil {
			f(m)
		}
	})
}

// hearENRP calls f for each message of ENRP.
func (s *speaker) hearENRP(f func(m enrpmsg.Message)) {
	s.hear(func(data []byte) {
		if m, err := enrpmsg.Parse(data); err == nil {
			f(m)
		}
	})
}

// close aborts the association, and waits for the calls of hear.
func (s *speaker) close() {
	s.assoc.Abort("")
	_ = s.endpoint.Close() // Its port is free in any case.
	s.hearing.Wait()
}
