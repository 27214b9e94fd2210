package integration

import (
	"errors"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
)

// The second of two processes of a host with the same identifier is refused while the first process
// lives, and both are told. The successor of a dead process is not.
func TestIdentifierInUse(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		host := b.net.Host()
		first := b.node(host, b.pr)
		notify, told := events()
		listener := b.listen(first, &asap.ListenConfig{ID: 7, Notify: notify})
		second := b.node(host, b.pr)
		for range 3 {
			begin := time.Now()
			_, err := second.Listen(b.limit(), "echo", &asap.ListenConfig{ID: 7})
			rejected, ok := errors.AsType[*asap.RejectedError](err)
			if !ok || len(rejected.Causes) != 1 || rejected.Causes[0].Code != wire.CauseNonUniquePEID {
				t.Fatalf("error %v", err)
			}
			if took := time.Since(begin); took > 50*time.Millisecond {
				t.Errorf("refused after %v", took)
			}
		}
		time.Sleep(time.Second)
		if _, ok := (<-told).(asap.Registered); !ok {
			t.Error("not told of the registration")
		}
		if ev := <-told; ev != (asap.Contested{}) || len(told) > 0 {
			t.Errorf("told %#v, and %d further events", ev, len(told))
		}
		// A process that draws its identifier is not concerned.
		if ids := b.ids(second); len(ids) != 1 || ids[0] != listener.ID() {
			t.Errorf("the pool has %v", ids)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Listen(b.limit(), "echo", &asap.ListenConfig{ID: 7}); err != nil {
			t.Errorf("successor: %v", err)
		}
	})
}
