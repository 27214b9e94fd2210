package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/handletable"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// maxShownAddrs bounds the addresses of a transport in the text.
const maxShownAddrs = 4

// text returns the dump for people. All octets of peers that are no printable characters are escaped.
func (d *dump) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Registrar %v at %v", d.Registrar, d.addr)
	if d.Checksum != nil {
		fmt.Fprintf(&b, ", checksum 0x%04x", *d.Checksum)
	}
	fmt.Fprintf(&b, "\n%s, %s, %s, read at %s in %v\n", cli.Count(d.NumPools(), "pool"), cli.Count(len(d.Elements), "element"),
		cli.Count(len(d.Peers), "other registrar"), d.at.Format(time.TimeOnly), d.took.Round(time.Millisecond))
	if len(d.Peers) > 0 {
		d.writePeers(&b)
	}
	for handle, elements := range d.Pools() {
		writePool(&b, handle, elements)
	}
	return b.String()
}

// writePeers writes the registrars that the registrar knows.
func (d *dump) writePeers(w io.Writer) {
	fmt.Fprint(w, "\nOther registrars\n")
	t := newTable(w)
	fmt.Fprint(t, "  REGISTRAR\tADDRESSES\n")
	for i := range d.Peers {
		fmt.Fprintf(t, "  %v\t%s\n", d.Peers[i].ID, addrs(&d.Peers[i].Transport))
	}
	_ = t.Flush() // The writer is a strings.Builder.
}

// writePool writes a pool with its elements. The policies of the elements agree, except for their values.
func writePool(w io.Writer, handle wire.PoolHandle, elements []handletable.Element) {
	fmt.Fprintf(w, "\nPool %v: %v, %s\n", handle, elements[0].Policy.Type, cli.Count(len(elements), "element"))
	t := newTable(w)
	fmt.Fprint(t, "  ELEMENT\tHOME\tLIFE\tPOLICY VALUES\tADDRESSES\tASAP ADDRESSES\n")
	for i := range elements {
		e := &elements[i]
		asap := "-"
		if e.ASAPTransport != nil {
			asap = addrs(e.ASAPTransport)
		}
		fmt.Fprintf(t, "  %v\t%v\t%v\t%s\t%s\t%s\n", e.ID, e.HomeID, e.RegistrationLife,
			values(e.Policy, elements[0].Policy.Type), addrs(&e.UserTransport), asap)
	}
	_ = t.Flush() // The writer is a strings.Builder.
}

func newTable(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

// values returns the values of a policy, with its type if it is not the usual type.
func values(p wire.Policy, usual wire.PolicyType) string {
	var words []string
	if p.Type != usual {
		words = append(words, p.Type.String())
	}
	for _, f := range []struct {
		field wire.PolicyFields
		text  string
	}{
		{wire.FieldWeight, fmt.Sprint("weight ", p.Weight)},
		{wire.FieldPriority, fmt.Sprint("priority ", p.Priority)},
		{wire.FieldLoad, "load " + percent(p.Load)},
		{wire.FieldLoadDegradation, "degradation " + percent(p.LoadDegradation)},
		{wire.FieldWeightDPF, "weight DPF " + fraction(p.WeightDPF)},
		{wire.FieldLoadDPF, "load DPF " + fraction(p.LoadDPF)},
		{wire.FieldDistance, fmt.Sprintf("distance %d ms", p.Distance)},
	} {
		if p.Type.Fields()&f.field != 0 {
			words = append(words, f.text)
		}
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, ", ")
}

// percent returns a load as a percentage.
func percent(load uint32) string { return fmt.Sprintf("%.1f %%", 100*float64(load)/wire.FullLoad) }

// fraction returns a factor, with the digits that matter.
func fraction(v uint32) string {
	return strconv.FormatFloat(float64(v)/wire.FullLoad, 'g', 4, 64)
}

// addrs returns the addresses of a transport with its protocol.
func addrs(t *wire.Transport) string {
	b := t.Protocol.String()
	for i, a := range t.AddrPorts() {
		if i == maxShownAddrs {
			b += fmt.Sprintf(" +%d", len(t.Addrs)-i)
			break
		}
		b += " " + a.String()
	}
	if t.Use == wire.DataAndControl {
		b += " with control"
	}
	return b
}
