package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

const (
	pool        = "EchoPool"
	servers     = 3
	linesBefore = 3 // sent before the server is killed
	linesAfter  = 3
)

// demo is a run of the demonstration.
type demo struct {
	dir       string
	out       io.Writer // of the timeline
	start     time.Time // of the timeline
	processes []*process
	registrar netip.AddrPort
	elements  map[string]*process // by identifier
	node      *asap.Node          // to look into the pool
}

// say prints an entry of the timeline.
func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.out, "%7.3f s  %s\n", time.Since(d.start).Seconds(), fmt.Sprintf(format, args...))
}

// play plays the scenes in order.
func (d *demo) play(ctx context.Context) error {
	registrar, err := d.startRegistrar(ctx)
	if err != nil {
		return err
	}
	if err := d.startServers(ctx); err != nil {
		return err
	}
	if d.node, err = d.openNode(ctx); err != nil {
		return err
	}
	defer d.node.Close() //nolint:errcheck // The node only reads.
	if err := d.awaitPool(ctx, servers); err != nil {
		return err
	}
	if err := d.runSession(ctx); err != nil {
		return err
	}
	for id, p := range d.elements {
		if err := p.interrupt(ctx); err != nil {
			return err
		}
		delete(d.elements, id)
		if err := d.awaitPool(ctx, len(d.elements)); err != nil {
			return err
		}
		d.say("element %s deregistered, its server has ended", id)
	}
	d.say("pool %s is empty", pool)
	if err := registrar.interrupt(ctx); err != nil {
		return err
	}
	for _, p := range d.processes {
		if !p.hasEnded() {
			return p.fail("was left running")
		}
	}
	d.say("registrar has ended, nothing is left running")
	return nil
}

// startRegistrar starts the registrar, and reads its port from its output.
func (d *demo) startRegistrar(ctx context.Context) (*process, error) {
	p, err := d.run("rspregistrar", "--asap=127.0.0.1:0", "--asapannounce=off", "--enrp=127.0.0.1", "--enrpannounce=off")
	if err != nil {
		return nil, err
	}
	at, err := p.expect(ctx, "serves ASAP at")
	if err != nil {
		return nil, err
	}
	if d.registrar, err = netip.ParseAddrPort(strings.TrimSpace(at)); err != nil {
		return nil, p.fail("serves at no address: %v", err)
	}
	d.say("registrar serves at %v, over SCTP in UDP", d.registrar)
	return p, nil
}

// registrarFlags make a program use this registrar alone.
func (d *demo) registrarFlags() []string {
	return []string{"--registrar=" + d.registrar.String(), "--asapannounce=off"}
}

func (d *demo) startServers(ctx context.Context) error {
	d.elements = make(map[string]*process)
	for range servers {
		p, err := d.run("rspserver", append(d.registrarFlags(), "-echo", "-poolhandle="+pool, "-local=127.0.0.1")...)
		if err != nil {
			return err
		}
		rest, err := p.expect(ctx, "element ")
		if err != nil {
			return err
		}
		id, _, _ := strings.Cut(rest, " ")
		d.elements[id] = p
		d.say("element %s registered in pool %s (process %d)", id, pool, p.cmd.Process.Pid)
	}
	return nil
}

func (d *demo) openNode(ctx context.Context) (*asap.Node, error) {
	return asap.Open(ctx, asap.Config{
		Network:    udpsctp.NewNetwork(udpsctp.Config{}),
		Registrars: []string{d.registrar.String()},
		Announce:   transport.GroupConfig{Off: true},
		Logger:     slog.New(slog.DiscardHandler),
	})
}

// awaitPool asks the registrar until the pool has n elements.
func (d *demo) awaitPool(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		found, err := d.node.Resolve(ctx, pool, &asap.ResolveConfig{Items: 128})
		switch {
		case ctx.Err() != nil && err != nil:
			return fmt.Errorf("pool %s: no answer from the registrar", pool)
		case err != nil && !errors.Is(err, asap.ErrPoolUnknown):
			return err
		case len(found.Elements) == n:
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("pool %s has %d elements, not %d", pool, len(found.Elements), n)
		}
	}
}

// runSession lets the client send lines, and kills its server in between.
func (d *demo) runSession(ctx context.Context) error {
	client, err := d.run("rspterminal", append(d.registrarFlags(), "-poolhandle="+pool)...)
	if err != nil {
		return err
	}
	var first string
	for i := range linesBefore {
		if first, err = d.exchange(ctx, client, fmt.Sprintf("line %d", i+1)); err != nil {
			return err
		}
	}
	d.say("session with element %s: %d lines sent, all answered", first, linesBefore)

	victim := d.elements[first]
	if victim == nil {
		return client.fail("got answers of element %s, which is not part of the demonstration", first)
	}
	delete(d.elements, first)
	victim.kill()
	killed := time.Now()
	d.say("element %s killed with SIGKILL", first)

	var next string
	for i := range linesAfter {
		if next, err = d.exchange(ctx, client, fmt.Sprintf("line %d", linesBefore+i+1)); err != nil {
			return err
		}
		if i == 0 {
			d.say("session resumed on element %s after %d ms", next, time.Since(killed).Milliseconds())
		}
	}
	if next == first {
		return client.fail("got answers of element %s, which was killed", first)
	}
	if err := client.stdin.Close(); err != nil {
		return err
	}
	if err := client.wait(ctx); err != nil {
		return err
	}
	d.say("%d of %d lines answered, client has ended", linesBefore+linesAfter, linesBefore+linesAfter)
	return d.awaitPool(ctx, servers-1)
}

// exchange sends a line, waits for its answer, and returns the element that answered.
func (d *demo) exchange(ctx context.Context, client *process, line string) (element string, err error) {
	if _, err := fmt.Fprintln(client.stdin, line); err != nil {
		return "", err
	}
	answer, err := client.expect(ctx, "from PE ")
	if err != nil {
		return "", err
	}
	element, text, _ := strings.Cut(answer, "> ")
	if text != line {
		return "", client.fail("sent %q and got %q", line, text)
	}
	return element, nil
}
