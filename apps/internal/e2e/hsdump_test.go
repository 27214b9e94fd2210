package e2e

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
)

// TestHsdump shows the handlespaces of two registrars that know each other. Both forget hsdump
// afterwards, and nothing of it is taken over.
func TestHsdump(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	first, second := freeAddr(t).String(), freeAddr(t).String()
	registrar := site.registrar("-enrp="+first, "--profile=fast", "-identifier=1")
	registrar.expect(" ready ") // It refuses its table before.
	other := start(t, "rspregistrar", "-asap="+freeAddr(t).String(), "-asapannounce=off", "-enrp="+second, "-enrpannounce=off",
		"-peer="+first, "--profile=fast", "-loglevel=4", "-identifier=2")
	registrar.expect(" peer found peer_id=0x00000002")
	other.expect(" ready ")
	_, id := site.registeredServer("-echo", "-policy=WeightedRoundRobin:7")

	text := start(t, "hsdump", first)
	text.expect(`^Registrar 0x00000001 at ` + regexp.QuoteMeta(first) + `, checksum 0x[0-9a-f]{4}$`)
	text.expect(`^1 pool, 1 element, 1 other registrar, `)
	text.expect(`^  0x00000002  SCTP ` + regexp.QuoteMeta(second) + `$`)
	text.expect(`^Pool EchoPool: WeightedRoundRobin, 1 element$`)
	text.expect(`^  ` + id + `  0x00000001  \S+  weight 7       SCTP 127\.0\.0\.1:\d+ with control  SCTP 127\.0\.0\.1:\d+$`)
	text.expectEnd(0)

	watch := start(t, "hsdump", "-watch=100", second, "-loglevel=5")
	own := watch.expect(`own_id=(0x[0-9a-f]{8})`)
	for range 3 {
		var shown struct {
			Registrar string
			Pools     []struct{ Elements []struct{ ID, Home string } }
		}
		if err := json.Unmarshal([]byte(watch.expect(`^(\{.*"`+id+`".*\})$`)), &shown); err != nil {
			t.Fatal(err)
		}
		if shown.Registrar != "0x00000002" || len(shown.Pools) != 1 || len(shown.Pools[0].Elements) != 1 ||
			shown.Pools[0].Elements[0].ID != id || shown.Pools[0].Elements[0].Home != "0x00000001" {
			t.Errorf("shown %+v", shown)
		}
	}
	watch.signal(syscall.SIGINT)
	watch.expectEnd(0)

	other.expect(" peer lost peer_id=" + own + " taken_over=0$")
	registrar.expect(" peer lost peer_id=0x[0-9a-f]{8} taken_over=0$")
	for _, p := range []*process{registrar, other} {
		if n := p.count(" taken_over=[^0]") + p.count(" peer lost peer_id=0x0000000[12] "); n > 0 {
			t.Errorf("%s: %d registrars or takeovers too many", p.name, n)
		}
	}
}

// TestHsdumpAtMutePeer asks an SCTP endpoint that never answers, and an endpoint that sends garbage.
func TestHsdumpAtMutePeer(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "garbage"} {
		addr := freeAddr(t)
		endpoint, err := udpsctp.NewNetwork(udpsctp.Config{}).Listen(t.Context(), transport.ListenConfig{Addrs: []netip.Addr{addr.Addr()}, Port: addr.Port()})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			assoc, err := endpoint.Accept(t.Context())
			if err == nil && data != "" {
				_ = assoc.Send(t.Context(), transport.Message{PPID: wire.PPIDENRP, Data: []byte(data)})
			}
		}()
		p := start(t, "hsdump", "-timeout=500", addr.String())
		want := `: no answer: context deadline exceeded; see --timeout, which is 500ms$`
		if data != "" {
			want = `: malformed message of the registrar: `
		}
		p.expect(`^hsdump: registrar ` + strings.ReplaceAll(addr.String(), ".", `\.`) + want)
		p.expectEnd(1)
		_ = endpoint.Close()
		<-done
	}
}
