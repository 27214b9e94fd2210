package main

import (
	"github.com/rserpool-go/rserpool/tools/internal/association"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// message is a record with its association.
type message struct {
	*decode.Record
	// association is the association that carried the message, nil over UDP, and nil if no option
	// needs it.
	association *numbered
	fromOpener  bool
}

// numbered is an association with its number in the capture.
type numbered = association.Association[note]

// note is a note about an association.
type note struct {
	number int
	count  *associationCount // of a summary
}

// associations numbers the associations of a capture, from 1, in the order of their first messages.
// Nil numbers none.
type associations struct {
	table *association.Table[note]
	count int
}

// newAssociations returns an empty table that follows the decoder.
func newAssociations(d *decode.Decoder) *associations {
	a := &associations{table: association.New[note]()}
	d.Signals = func(s decode.Signal) {
		if s.Type == sctpchunk.TypeInit || s.Type == sctpchunk.TypeInitAck {
			a.table.Begin(s)
		} else {
			a.table.End(s)
		}
	}
	return a
}

// place returns a record with its association.
func (a *associations) place(r *decode.Record) message {
	if a == nil || r.Carrier != decode.OverSCTP && r.Carrier != decode.OverSCTPInUDP {
		return message{Record: r}
	}
	d := a.table.Of(r)
	if d.Note.number == 0 {
		a.count++
		d.Note.number = a.count
	}
	return message{r, d.Association, d.FromOpener}
}
