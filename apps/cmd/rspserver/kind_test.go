package main

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/wire"
)

// sample is a kind with a policy of its own, and with resources.
type sample struct {
	undescribed
	fails  error
	closed int
}

func (*sample) name() string { return "sample" }

func (k *sample) open() (*service.Service, error) {
	if k.fails != nil {
		return nil, k.fails
	}
	return &service.Service{
		Title:  "Sample",
		Pool:   "SamplePool",
		Policy: wire.Policy{Type: wire.LeastUsed},
		Close: func() error {
			k.closed++
			return errors.New("disk full")
		},
	}, nil
}

// TestResources asserts that a service is closed once, also if another service cannot be opened, and
// that its policy is that of its element.
func TestResources(t *testing.T) {
	t.Parallel()
	var first, second sample
	p := &program{Services: services{Kinds: kong.Plugins{&first}, selected: []string{"sample"}}}
	elements, err := p.openElements(io.Discard)
	if err != nil || elements[0].policy.Type != wire.LeastUsed {
		t.Fatalf("%v, %+v", err, elements)
	}
	p.Policy.Policy = wire.Policy{Type: wire.Random}
	p.Services = services{Kinds: kong.Plugins{&second, &failing{sample{fails: errors.New("no file")}}}, selected: []string{"sample", "failing"}}
	opened, err := p.openElements(io.Discard)
	if err == nil || err.Error() != "service failing: no file" || len(opened) != 1 || opened[0].policy.Type != wire.Random {
		t.Errorf("%v, %+v", err, opened)
	}
	var out bytes.Buffer
	closeElements(slog.New(slog.NewTextHandler(&out, nil)), append(elements, opened...))
	if first.closed != 1 || second.closed != 1 || strings.Count(out.String(), `msg="service not closed in order" service=sample error="disk full"`) != 2 {
		t.Errorf("closed %d times and %d times, log\n%s", first.closed, second.closed, out.String())
	}
}

// failing is a kind with another name.
type failing struct{ sample }

func (*failing) name() string { return "failing" }
