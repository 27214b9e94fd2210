package scripting

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// MaxInfoLen is the maximum length of an info text, in octets.
const MaxInfoLen = 64

// Reason is the reason of a pool element that takes no work.
type Reason uint32

// The reasons.
const (
	ReasonFullyLoaded    Reason = 1
	ReasonOutOfResources Reason = 2
)

// String returns the reason in words, or its number.
func (r Reason) String() string {
	switch r {
	case ReasonFullyLoaded:
		return "fully loaded"
	case ReasonOutOfResources:
		return "out of resources"
	}
	return fmt.Sprintf("Reason(%d)", uint32(r))
}

// Ready is the first message of a session: the pool element takes work.
type Ready struct {
	// Info is the host name of the element: up to [MaxInfoLen] octets, without zeros.
	Info string
}

// NotReady is the first and last message of a session: the pool element takes no
// work now.
type NotReady struct {
	Reason Reason
	// Info is the host name of the element: up to [MaxInfoLen] octets, without zeros.
	Info string
}

// Type returns [TypeReady].
func (*Ready) Type() Type { return TypeReady }

// Type returns [TypeNotReady].
func (*NotReady) Type() Type { return TypeNotReady }

// AppendBinary appends the encoded message.
func (m *Ready) AppendBinary(b []byte) ([]byte, error) {
	if err := checkInfo(m.Info); err != nil {
		return nil, err
	}
	return appendMessage(b, TypeReady, 0, m.Info)
}

// AppendBinary appends the encoded message.
func (m *NotReady) AppendBinary(b []byte) ([]byte, error) {
	if err := checkInfo(m.Info); err != nil {
		return nil, err
	}
	start := len(b)
	b = appmsg.Begin(b, uint8(TypeNotReady), 0)
	b = binary.BigEndian.AppendUint32(b, uint32(m.Reason))
	return appmsg.End(append(b, m.Info...), start)
}

func (m *Ready) parse(_ uint8, body []byte) (err error) {
	m.Info, err = parseInfo(body, appmsg.HeaderLen)
	return err
}

func (m *NotReady) parse(_ uint8, body []byte) (err error) {
	if len(body) < 4 {
		return appmsg.Fail(2, appmsg.ErrBadLength)
	}
	m.Reason = Reason(binary.BigEndian.Uint32(body))
	m.Info, err = parseInfo(body[4:], appmsg.HeaderLen+4)
	return err
}

func checkInfo(s string) error {
	switch {
	case len(s) > MaxInfoLen:
		return fmt.Errorf("info of %d octets: %w", len(s), appmsg.ErrTooLong)
	case strings.IndexByte(s, 0) >= 0:
		return fmt.Errorf("info with a zero octet: %w", appmsg.ErrRange)
	}
	return nil
}

// parseInfo decodes an info text at an offset in the message.
func parseInfo(b []byte, offset int) (string, error) {
	if len(b) > MaxInfoLen {
		return "", appmsg.Fail(2, appmsg.ErrBadLength)
	}
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return "", appmsg.Fail(offset+i, appmsg.ErrBadValue)
	}
	return string(b), nil
}
