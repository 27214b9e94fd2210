package e2e

import (
	"context"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

// TestHostileCalcApp has an element in the pool that lies, says nothing, or floods its users and reads
// nothing. All jobs are completed all the same, by the honest element.
func TestHostileCalcApp(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	node, err := asap.Open(t.Context(), asap.Config{
		Network:    udpsctp.NewNetwork(udpsctp.Config{}),
		Registrars: []string{site.addr.String()},
		Announce:   transport.GroupConfig{Off: true},
		Logger:     slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close()
	local := transport.ListenConfig{Addrs: []netip.Addr{site.addr.Addr()}}
	listener, err := node.Listen(t.Context(), calcapp.PoolHandle, &asap.ListenConfig{Local: local})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	var sessions atomic.Int64
	go func() {
		served <- listener.Serve(ctx, asap.HandlerFunc(func(ctx context.Context, s *asap.Session) error {
			return disturbUser(ctx, s, sessions.Add(1))
		}))
	}()
	client, folder := site.calcClient("-jobs=5", "-jobinterval=0.01", "-jobsize=100000", "-keepalivetimeoutinterval=300", "-keepalivetransmissioninterval=100")
	client.expect(" job 1: 1 of 1 calculations for a job of [0-9]+; trying again$")
	client.expect(" job 1: .*; trying again$")
	client.expect(" job 1: accepted by element 0x[0-9a-f]{8}$")
	client.expect(" job 1: goes from element .* without its state$")
	_, id, _ := site.calcServer()
	client.expect(" job [0-9]+: accepted by element " + id + "$")
	client.expect("^complete +5 +[0-9]+$")
	client.expectEnd(0)
	checkCompleted(t, folder, 5)
	if n := sessions.Load(); n < 4 {
		t.Errorf("only %d sessions with the hostile element", n)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// disturbUser is a session of a hostile element, in one of several ways.
func disturbUser(ctx context.Context, s *asap.Session, number int64) error {
	say := func(m calcapp.Message) error {
		data, err := m.AppendBinary(nil)
		if err != nil {
			return err
		}
		return s.Send(ctx, asap.Message{PPID: calcapp.PPID, Data: data})
	}
	m, err := s.Receive(ctx)
	if err != nil {
		return err
	}
	request, err := calcapp.Parse(m.Data)
	if err != nil {
		return err
	}
	id := request.JobID
	switch number % 4 {
	case 1: // the size is a lie
		err = say(calcapp.Message{Type: calcapp.TypeComplete, JobID: id, JobSize: 1, Completed: 1})
	case 2:
		err = s.Send(ctx, asap.Message{PPID: calcapp.PPID, Data: []byte("rubbish")})
	case 3: // a flood, without an answer to the user's keep-alives
		for err = say(calcapp.Message{Type: calcapp.TypeAccept, JobID: id}); err == nil; {
			err = say(calcapp.Message{Type: calcapp.TypeKeepAlive, JobID: id})
		}
	}
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
