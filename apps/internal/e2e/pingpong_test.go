package e2e

import (
	"context"
	"testing"

	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap"
)

// TestPingPong kills the server of a session, and asserts that the summary and the exit status of
// the client agree with its output. A kill between a pong and its cookie leaves a gap.
func TestPingPong(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	servers := make(map[string]*process)
	for range 2 {
		p, id := site.registeredServer("-pingpong")
		servers[id] = p
	}
	client := start(t, "pingpongclient", "-registrar="+site.addr.String(), "-asapannounce=off", "-interval=20", "-count=30")
	first := client.expect(" session with element (0x[0-9a-f]{8}) of pool PingPongPool$")
	client.expect(" pong 5 from element " + first + ", reply number 5, [0-9.]+ ms$")
	servers[first].kill()
	next := client.expect(" failover 1: element " + first + " is gone, going on at element (0x[0-9a-f]{8}) with the state of the session$")
	servers[next].expect(" session 1: resumed at pong ")
	client.expect(" pause of [0-9.]+ ms between pongs$")
	gaps := client.expect("^pingpongclient: [0-9]+ pings, 30 pongs, [0-9]+ lost, 1 failover, ([01]) gaps?$")
	client.expect("^pingpongclient: round trip p50 [0-9.]+ ms, p90 [0-9.]+ ms, p99 [0-9.]+ ms, max [0-9.]+ ms$")
	client.expect("^pingpongclient: longest pause of a failover [0-9.]+ ms$")
	if gaps == "0" {
		client.expectEnd(0)
	} else {
		client.expect("^pingpongclient: pool PingPongPool: 1 gap in the reply numbers$")
		client.expectEnd(1)
	}
	if n := client.count(" gap: reply number "); (n > 0) != (gaps == "1") {
		t.Errorf("%d lines about a gap, %s in the summary", n, gaps)
	}
	servers[next].expect(" session 1: ends")
}

// TestPingPongDuration runs clients for a time, with a server and without.
func TestPingPongDuration(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	flags := []string{"-registrar=" + site.addr.String(), "-asapannounce=off", "-interval=10", "-duration=500", "-output=json"}
	early := start(t, "pingpongclient", flags...)
	early.expect("^pingpongclient: pool PingPongPool: no session within 500ms$")
	early.expectEnd(1)
	_, id := site.registeredServer("-pingpong")
	client := start(t, "pingpongclient", flags...)
	client.expect(`"event":"session","pool":"PingPongPool","element":"` + id + `"`)
	client.expect(`"event":"pong","element":"` + id + `","message":2,"reply":2,"round_trip_ms":`)
	client.expect(`"event":"summary","summary":{"pings":[0-9]+,"pongs":[0-9]+,"lost":0,`)
	client.expectEnd(0)
}

// TestGap has a server leave out every second number.
func TestGap(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	stop := site.serve(pingpong.PoolHandle, skipNumbers)
	client := start(t, "pingpongclient", "-registrar="+site.addr.String(), "-asapannounce=off", "-interval=10", "-count=3")
	client.expect(" gap: reply number 3 after 1$")
	client.expect(" gap: reply number 5 after 3$")
	client.expect("^pingpongclient: [0-9]+ pings, 3 pongs, [0-9]+ lost, 0 failovers, 2 gaps$")
	client.expect("^pingpongclient: pool PingPongPool: 2 gaps in the reply numbers$")
	client.expectEnd(1)
	stop()
}

// skipNumbers answers pings by pongs with the numbers 1, 3, 5 and so on.
func skipNumbers(ctx context.Context, s *asap.Session) error {
	number := uint64(1)
	for m, err := range s.Messages(ctx) {
		if err != nil {
			return err
		}
		ping, err := pingpong.Parse(m.Data)
		if err != nil {
			return err
		}
		pong := pingpong.Pong{MessageNo: ping.(*pingpong.Ping).MessageNo, ReplyNo: number}
		if m.Data, err = pong.AppendBinary(nil); err == nil {
			err = s.Send(ctx, m)
		}
		if err != nil {
			return err
		}
		number += 2
	}
	return nil
}
