package enrpmsg_test

import (
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// What we build comes back as it was, whatever the message; all types are there.
func TestSamples(t *testing.T) {
	t.Parallel()
	types := map[enrpmsg.Type]bool{}
	for _, m := range samples() {
		types[m.Type()] = true
		b, err := m.AppendBinary(nil)
		if err != nil {
			t.Fatalf("%v: %v", m.Type(), err)
		}
		back, err := wiretest.Check(t, b, enrpmsg.Parse)
		if err != nil || !reflect.DeepEqual(back, m) {
			t.Errorf("%v: %v\n%#v\nencoded as %x\n%#v", m.Type(), err, m, b, back)
		}
		if len(b)%4 != 0 || int(b[2])<<8+int(b[3]) != len(b) {
			t.Errorf("%v: %d octets, length %x", m.Type(), len(b), b[2:4])
		}
	}
	for typ := enrpmsg.Type(1); strings.HasPrefix(typ.String(), "ENRP_"); typ++ {
		if !types[typ] {
			t.Errorf("no sample of %v", typ)
		}
	}
}

// Damaged messages with all that they can hold give an error, or what holds for
// messages.
func TestDamagedSamples(t *testing.T) {
	t.Parallel()
	for _, m := range samples() {
		b, err := m.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		for damaged := range wiretest.Mutations(b) {
			_, _ = wiretest.Check(t, damaged, enrpmsg.Parse)
		}
	}
}

// A big enough slice is all that encoding needs.
func TestAppendAllocatesNothing(t *testing.T) {
	buf := make([]byte, 0, 0x10000)
	for _, m := range samples() {
		if n := testing.AllocsPerRun(10, func() { _, _ = m.AppendBinary(buf) }); n != 0 {
			t.Errorf("%v: %v allocations", m.Type(), n)
		}
	}
}

// Every message tells a logger its type and further attributes, all by the rules of package
// logkey.
func TestLogValues(t *testing.T) {
	t.Parallel()
	types := wiretest.LogTypes(t)
	for _, m := range samples() {
		var out strings.Builder
		slog.New(slog.NewTextHandler(&out, nil)).Info("received", "m", m)
		if want := " m.msg=" + m.Type().String() + " "; !strings.Contains(out.String()+" ", want) {
			t.Errorf("%v is logged as %q", m.Type(), out.String())
		}
		wiretest.CheckLog(t, m, types)
	}
}

// A message without unrecognized parameters is looked through without allocation.
func TestUnrecognizedAllocatesNothing(t *testing.T) {
	for _, v := range wiretest.Vectors(t, "ENRP") {
		m, err := enrpmsg.Parse(v.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() { _ = enrpmsg.Unrecognized(m) }); n != 0 {
			t.Errorf("%v: %v allocations", m.Type(), n)
		}
	}
}
