package e2e

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/asap"
)

// TestHostileCalcApp has an element in the pool that lies, says nothing, or floods its users and reads
// nothing. All jobs are completed all the same, by the honest element.
func TestHostileCalcApp(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	var sessions atomic.Int64
	stop := site.serve(calcapp.PoolHandle, func(ctx context.Context, s *asap.Session) error {
		return disturbUser(ctx, s, sessions.Add(1))
	})
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
	stop()
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
