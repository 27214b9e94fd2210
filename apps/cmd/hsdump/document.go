package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"github.com/rserpool-go/rserpool/apps/internal/handletable"
	"github.com/rserpool-go/rserpool/wire"
)

// document is a dump as an object of JSON or CBOR. docs/hsdump.md describes the keys.
type document struct {
	Time      string  `json:"time"`
	Registrar string  `json:"registrar"`
	Address   string  `json:"address"`
	Checksum  string  `json:"checksum,omitempty"`
	TookMS    float64 `json:"took_ms"`
	Peers     []peer  `json:"peers"`
	Pools     []pool  `json:"pools"`
}

type peer struct {
	ID        string    `json:"id"`
	Transport endpoints `json:"transport"`
}

type pool struct {
	Handle    string    `json:"handle"`
	HandleHex string    `json:"handle_hex,omitempty"` // if the handle is not UTF-8
	Elements  []element `json:"elements"`
}

type element struct {
	ID     string     `json:"id"`
	Home   string     `json:"home"`
	LifeMS int64      `json:"registration_life_ms"`
	Policy policy     `json:"policy"`
	User   endpoints  `json:"user_transport"`
	ASAP   *endpoints `json:"asap_transport,omitempty"`
}

// policy has the values that the type of the policy has. Fractions are from 0 to 1.
type policy struct {
	Type            string   `json:"type"`
	Weight          *uint32  `json:"weight,omitempty"`
	Priority        *uint32  `json:"priority,omitempty"`
	Load            *float64 `json:"load,omitempty"`
	LoadDegradation *float64 `json:"load_degradation,omitempty"`
	WeightDPF       *float64 `json:"weight_dpf,omitempty"`
	LoadDPF         *float64 `json:"load_dpf,omitempty"`
	DistanceMS      *uint32  `json:"distance_ms,omitempty"`
}

type endpoints struct {
	Protocol  string   `json:"protocol"`
	Addresses []string `json:"addresses"`
	Control   bool     `json:"control_channel"`
}

// newDocument returns a dump as a document.
func newDocument(d *dump) document {
	out := document{
		Time: d.at.UTC().Format(time.RFC3339Nano), Registrar: d.Registrar.String(), Address: d.addr.String(),
		TookMS: float64(d.took) / float64(time.Millisecond), Peers: []peer{}, Pools: []pool{},
	}
	if d.Checksum != nil {
		out.Checksum = fmt.Sprintf("0x%04x", *d.Checksum)
	}
	for _, p := range d.Peers {
		out.Peers = append(out.Peers, peer{p.ID.String(), newEndpoints(&p.Transport)})
	}
	for handle, elements := range d.Pools() {
		out.Pools = append(out.Pools, newPool(handle, elements))
	}
	return out
}

func newPool(handle wire.PoolHandle, elements []handletable.Element) pool {
	p := pool{Handle: string(handle)}
	if !utf8.ValidString(p.Handle) {
		p.Handle, p.HandleHex = handle.String(), hex.EncodeToString([]byte(handle))
	}
	for _, e := range elements {
		p.Elements = append(p.Elements, newElement(e.PoolElement))
	}
	return p
}

func newElement(e *wire.PoolElement) element {
	out := element{
		ID: e.ID.String(), Home: e.HomeID.String(), LifeMS: e.RegistrationLife.Milliseconds(),
		Policy: newPolicy(e.Policy), User: newEndpoints(&e.UserTransport),
	}
	if e.ASAPTransport != nil {
		t := newEndpoints(e.ASAPTransport)
		out.ASAP = &t
	}
	return out
}

func newPolicy(p wire.Policy) policy {
	out := policy{Type: p.Type.String()}
	fields := p.Type.Fields()
	for _, f := range []struct {
		field wire.PolicyFields
		to    **uint32
		value uint32
	}{
		{wire.FieldWeight, &out.Weight, p.Weight},
		{wire.FieldPriority, &out.Priority, p.Priority},
		{wire.FieldDistance, &out.DistanceMS, p.Distance},
	} {
		if fields&f.field != 0 {
			*f.to = &f.value
		}
	}
	for _, f := range []struct {
		field wire.PolicyFields
		to    **float64
		value uint32
	}{
		{wire.FieldLoad, &out.Load, p.Load},
		{wire.FieldLoadDegradation, &out.LoadDegradation, p.LoadDegradation},
		{wire.FieldWeightDPF, &out.WeightDPF, p.WeightDPF},
		{wire.FieldLoadDPF, &out.LoadDPF, p.LoadDPF},
	} {
		if fields&f.field != 0 {
			fraction := float64(f.value) / wire.FullLoad
			*f.to = &fraction
		}
	}
	return out
}

func newEndpoints(t *wire.Transport) endpoints {
	out := endpoints{Protocol: t.Protocol.String(), Addresses: []string{}, Control: t.Use == wire.DataAndControl}
	for _, a := range t.Addrs {
		out.Addresses = append(out.Addresses, netip.AddrPortFrom(a, t.Port).String())
	}
	return out
}

// writer returns the function that writes a dump in a form.
func writer(form string) (func(w io.Writer, d *dump) error, error) {
	switch form {
	case "json":
		return writeJSON, nil
	case "cbor":
		mode, err := cbor.CoreDetEncOptions().EncMode()
		return func(w io.Writer, d *dump) error {
			data, err := mode.Marshal(newDocument(d))
			if err != nil {
				return err
			}
			_, err = w.Write(data)
			return err
		}, err
	}
	return func(w io.Writer, d *dump) error {
		_, err := io.WriteString(w, d.text())
		return err
	}, nil
}

// writeJSON writes a dump as a line of JSON.
func writeJSON(w io.Writer, d *dump) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(newDocument(d))
}
