package player

import (
	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Registrars divide a handle table into parts as they like. So the parts of a table are put
// together, and the whole tables are compared.

// maxTable bounds the elements of a table that is put together. A longer table is compared in
// several pieces.
const maxTable = 1 << 17

// table is a handle table of which parts have come.
type table struct {
	enrpmsg.HandleTableResponse
	elements int
}

// isPartial reports whether the script has a part of a table, and is about to ask for more.
func (s *assoc) isPartial() bool {
	for _, e := range s.exchanges {
		if e.script == nil && e.tables[scriptSide] != nil {
			return true
		}
	}
	return false
}

// addPart adds a part of a table to an exchange. It returns the whole table once it is
// complete, and nil until then. Other messages are complete.
func (p *Player) addPart(s *assoc, e *exchange, m script.Message, side int) *script.Message {
	part, ok := m.ENRP.(*enrpmsg.HandleTableResponse)
	if !ok {
		return &m
	}
	t := e.tables[side]
	if t == nil {
		t = &table{HandleTableResponse: enrpmsg.HandleTableResponse{IDs: part.IDs, Reject: part.Reject}}
		e.tables[side] = t
	}
	t.Entries = append(t.Entries, part.Entries...)
	for i := range part.Entries {
		t.elements += len(part.Entries[i].PoolElements)
	}
	if part.MoreToSend && !part.Reject && t.elements < maxTable {
		if side == liveSide && s.line != nil {
			p.send(s.line, e.asked)
		}
		return nil
	}
	return &script.Message{Octets: m.Octets, ENRP: &t.HandleTableResponse}
}
