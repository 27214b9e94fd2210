package integration

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
)

// The process of the element dies. Another element serves the session, and gets the cookie first.
func TestElementCrash(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		b.ask(s, '1')
		b.ask(s, '2')
		first := s.Element()
		if pe, since := s.Serving(); pe != first || since.IsZero() {
			t.Errorf("served by %v since %v, not by %v", pe, since, first)
		}
		time.Sleep(time.Second)
		p.hosts[first].Crash()
		begin := time.Now()
		if n := receive[asap.FailoverNecessary](b, s); n.Element != first || !n.Cookie || n.Orderly {
			t.Errorf("%+v", n)
		}
		noticed := time.Since(begin)
		if noticed > 110*time.Millisecond { // A heartbeat.
			t.Errorf("the crash was noticed after %v", noticed)
		}
		if pe, since := s.Serving(); pe != 0 || !since.IsZero() {
			t.Errorf("served by %v since %v, which is gone", pe, since)
		}
		if c := receive[asap.FailoverComplete](b, s); c.Element == first || c.Element != s.Element() || !c.Cookie {
			t.Errorf("%+v", c)
		}
		if took := time.Since(begin) - noticed; took > 50*time.Millisecond {
			t.Errorf("failover took %v", took)
		}
		if pe, since := s.Serving(); pe != s.Element() || since.Before(begin) {
			t.Errorf("served by %v since %v, not by %v since %v", pe, since, s.Element(), begin)
		}
		b.ask(s, '3')
	})
}

// A user that receives late hears of an element that has died meanwhile. Serving does not
// return that element.
func TestLateReceive(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		first := s.Element()
		p.hosts[first].Crash()
		time.Sleep(time.Second)
		for _, host := range p.hosts {
			host.Crash()
		}
		time.Sleep(time.Second)
		receive[asap.FailoverNecessary](b, s)
		second := receive[asap.FailoverComplete](b, s).Element
		if n := receive[asap.FailoverNecessary](b, s); n.Element != second || second == first || s.Element() != second {
			t.Errorf("%v is gone, and %v after %v serves", n.Element, s.Element(), first)
		}
		if pe, since := s.Serving(); pe != 0 || !since.IsZero() {
			t.Errorf("served by %v since %v, which is gone", pe, since)
		}
		if err := s.Send(b.limit(), asap.Data{Data: []byte{1}}); !errors.Is(err, asap.ErrBroken) {
			t.Errorf("Send: %v", err)
		}
	})
}

// The host of the element falls silent.
func TestSilentHostDeath(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{Elements: elements})
		p := b.pool(2)
		pu := b.node(b.net.Host(), b.pr)
		s := b.dial(pu, asap.DialConfig{})
		b.ask(s, '1')
		first := s.Element()
		p.hosts[first].Down()
		receive[asap.FailoverNecessary](b, s)
		if c := receive[asap.FailoverComplete](b, s); c.Element == first || !c.Cookie {
			t.Errorf("%+v", c)
		}
		b.ask(s, '2')
		if ids := b.ids(pu); len(ids) != 1 || slices.Contains(ids, first) {
			t.Errorf("the pool has %v, without %v", ids, first)
		}
	})
}

// Element after element dies, and the last element comes back after a while.
func TestElementsDieInTurn(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(4)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		count := byte('1')
		for range 3 {
			b.ask(s, count)
			count++
			p.hosts[s.Element()].Crash()
			receive[asap.FailoverNecessary](b, s)
			receive[asap.FailoverComplete](b, s)
		}
		b.ask(s, count)
		last := s.Element()
		p.hosts[last].Crash()
		receive[asap.FailoverNecessary](b, s)
		if err := s.Send(b.limit(), asap.Data{Data: []byte("x")}); !errors.Is(err, asap.ErrBroken) {
			t.Errorf("Send without an element: %v", err)
		}
		time.Sleep(time.Minute)
		b.listen(b.node(p.hosts[last], b.pr), asap.ListenConfig{})
		if c := receive[asap.FailoverComplete](b, s); !c.Cookie {
			t.Errorf("%+v", c)
		}
		b.ask(s, count+1)
	})
}

func TestManualFailover(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{Manual: true})
		b.ask(s, '1')
		first := s.Element()
		p.hosts[first].Crash()
		receive[asap.FailoverNecessary](b, s)
		time.Sleep(time.Minute)
		if s.Element() != first {
			t.Error("the session went on by itself")
		}
		if err := s.Failover(b.limit()); err != nil {
			t.Fatal(err)
		}
		if c := receive[asap.FailoverComplete](b, s); c.Element == first {
			t.Errorf("%+v", c)
		}
		b.ask(s, '2')
	})
}

// A user leaves an element that is up. After FailoverNecessary, none of its messages arrives.
func TestFailoverFromAnElementThatIsUp(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		for range 30 {
			if err := s.Send(b.limit(), asap.Data{Data: []byte("x")}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		first := s.Element()
		go func() {
			if err := s.Failover(b.limit()); err != nil {
				t.Error(err)
			}
		}()
		var before int
		for {
			item, err := s.Receive(b.limit())
			if err != nil {
				t.Fatal(err)
			}
			if n, ok := item.(asap.FailoverNecessary); ok {
				if n.Element != first {
					t.Errorf("%+v", n)
				}
				break
			}
			before++
		}
		c := receive[asap.FailoverComplete](b, s)
		if c.Element == first || p.hosts[c.Element] == nil {
			t.Errorf("%+v", c)
		}
		if before > 30 {
			t.Errorf("%d answers to 30 messages", before)
		}
	})
}
