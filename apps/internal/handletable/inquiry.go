package handletable

import (
	"errors"
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Errors of a registrar.
var (
	// ErrRejected: the registrar refuses its handle table. It may be starting, or this host may be
	// no peer for it.
	ErrRejected = errors.New("the registrar refuses its handle table; it may be starting")
	// ErrTooLarge: the table is larger than the limit.
	ErrTooLarge = errors.New("the handle table is too large")
	// ErrNoProgress: a part of the table is empty, but further parts are to follow.
	ErrNoProgress = errors.New("the registrar sends an empty part of its handle table, and announces more")
)

// inquiry reads the answers of a registrar to a List Request and Handle Table Requests.
type inquiry struct {
	maxMemory int // in octets

	table    Table
	memory   int  // an upper bound of the memory of the table, in octets
	parts    int  // of the handle table so far
	hasList  bool // the list of peers is complete
	hasTable bool // the handle table is complete
}

// isComplete reports whether all answers have come.
func (q *inquiry) isComplete() bool { return q.hasList && q.hasTable }

// handleMessage takes a message of some octets. It reports whether the next part of the handle table is to be
// requested. Messages that are no answers are ignored.
func (q *inquiry) handleMessage(msg enrpmsg.Message, octets int) (wantsMore bool, err error) {
	switch msg := msg.(type) {
	case *enrpmsg.Presence:
		if !msg.NoChecksum {
			q.table.Checksum = &msg.Checksum
		}
		return false, nil
	case *enrpmsg.ListResponse:
		if q.hasList {
			return false, nil
		}
		q.hasList = true // A refused list is empty.
		return false, q.handleList(msg, octets)
	case *enrpmsg.HandleTableResponse:
		if q.hasTable {
			return false, nil
		}
		return q.handlePart(msg, octets)
	case *enrpmsg.Error:
		return false, fmt.Errorf("the registrar reports an error: %v", causeCodes(msg.Causes))
	}
	return false, nil
}

// handleList takes the list of peers.
func (q *inquiry) handleList(msg *enrpmsg.ListResponse, octets int) error {
	if err := q.count(octets, len(msg.Servers)); err != nil {
		return err
	}
	for _, s := range msg.Servers {
		q.table.Peers = append(q.table.Peers, wire.ServerInformation{ID: s.ID, Transport: s.Transport})
	}
	return nil
}

// handlePart takes a part of the handle table. RFC 5353, 2.3: "If the M bit is set, the sender of
// this message has more pool handle entries to send."
func (q *inquiry) handlePart(msg *enrpmsg.HandleTableResponse, octets int) (wantsMore bool, err error) {
	if msg.Reject {
		return false, ErrRejected
	}
	if msg.MoreToSend && len(msg.Entries) == 0 {
		return false, ErrNoProgress
	}
	elements := 0
	for _, entry := range msg.Entries {
		elements += len(entry.PoolElements)
	}
	if err := q.count(octets, elements); err != nil {
		return false, err
	}
	q.parts++
	q.table.Registrar = msg.Sender
	for _, entry := range msg.Entries {
		for i := range entry.PoolElements {
			e := &entry.PoolElements[i]
			e.Unknown = nil
			q.table.Elements = append(q.table.Elements, Element{entry.PoolHandle, e})
		}
	}
	q.hasTable = !msg.MoreToSend
	return msg.MoreToSend, nil
}

// The memory of an answer is at most octetMemory for each of its octets, which is for addresses, and itemMemory for
// each element or registrar.
const (
	octetMemory = 4
	itemMemory  = 256
)

// count counts the memory of an answer with elements or registrars.
func (q *inquiry) count(octets, items int) error {
	q.memory += octetMemory*octets + itemMemory*items
	if q.memory > q.maxMemory {
		return fmt.Errorf("%w: more than %d MB of memory (elements so far: %d)", ErrTooLarge, q.maxMemory>>20, len(q.table.Elements))
	}
	return nil
}

// progress returns the progress in words, for errors.
func (q *inquiry) progress() string {
	if q.memory == 0 {
		return "no answer"
	}
	return fmt.Sprintf("the handle table is not complete (elements: %d, parts: %d)", len(q.table.Elements), q.parts)
}

// causeCodes returns the codes of causes.
func causeCodes(causes []wire.ErrorCause) []wire.CauseCode {
	codes := make([]wire.CauseCode, len(causes))
	for i, c := range causes {
		codes[i] = c.Code
	}
	return codes
}
