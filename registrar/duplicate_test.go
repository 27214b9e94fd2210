package registrar_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// Two registrars have the same identifier: both log it, once in a minute, and count what
// they hear. With different ones nobody does, though each hears itself.
func TestSameIdentifier(t *testing.T) {
	for _, same := range []bool{false, true} {
		run(t, func(t *testing.T, b *bed) {
			var logs [2]bytes.Buffer
			var servers [2]*registrar.Server
			for i := range servers {
				config := registrar.Config{ID: 7, Presence: transport.GroupConfig{Addr: registrar.PresenceGroup}, Logger: slog.New(slog.NewTextHandler(&logs[i], nil))}
				if !same {
					config.ID += wire.ServerID(i)
				}
				servers[i], _ = b.registrar(b.net.Host(), config)
			}
			time.Sleep(150 * time.Second)
			synctest.Wait()
			for i, s := range servers {
				stats, err := s.Stats(b.limit())
				if err != nil {
					t.Fatal(err)
				}
				warnings := strings.Count(logs[i].String(), `level=WARN msg="another registrar has the same identifier" id=0x00000007`)
				if same && (warnings != 3 || stats.ENRP.Duplicates < 30 || stats.Peers != 0) {
					t.Errorf("%d warnings, %d duplicates, %d peers", warnings, stats.ENRP.Duplicates, stats.Peers)
				}
				if !same && (warnings != 0 || stats.ENRP.Duplicates != 0 || stats.Peers != 1) {
					t.Errorf("with different identifiers: %d warnings, %d duplicates, %d peers", warnings, stats.ENRP.Duplicates, stats.Peers)
				}
			}
		})
	}
}
