package scripting

import "github.com/rserpool-go/rserpool/apps/appmsg"

// HashLen is the length of the hash of an environment, which is made with SHA-1.
const HashLen = 20

// KeepAlive asks the peer for a [KeepAliveAck].
type KeepAlive struct{}

// KeepAliveAck answers a [KeepAlive]. From a pool element it carries a status,
// which is 0; from a pool user it has no body.
type KeepAliveAck struct {
	HasStatus bool
	Status    uint32
}

// Status comes twice from the pool element: first 0 for an accepted upload, then the exit status
// of the work.
type Status struct {
	Status uint32
}

// Environment names the environment of the work. The pool element sends it back, and asks for the
// file if it does not have it.
type Environment struct {
	// UploadNeeded is the U bit of the answer: the element does not have the file.
	UploadNeeded bool
	Hash         [HashLen]byte
}

const uploadNeededBit = 0x01

// Type returns [TypeKeepAlive].
func (*KeepAlive) Type() Type { return TypeKeepAlive }

// Type returns [TypeKeepAliveAck].
func (*KeepAliveAck) Type() Type { return TypeKeepAliveAck }

// Type returns [TypeStatus].
func (*Status) Type() Type { return TypeStatus }

// Type returns [TypeEnvironment].
func (*Environment) Type() Type { return TypeEnvironment }

// AppendBinary appends the encoded message. It does not fail.
func (*KeepAlive) AppendBinary(b []byte) ([]byte, error) {
	return appendMessage(b, TypeKeepAlive, 0, "")
}

// AppendBinary appends the encoded message. It does not fail.
func (m *KeepAliveAck) AppendBinary(b []byte) ([]byte, error) {
	if !m.HasStatus {
		return appendMessage(b, TypeKeepAliveAck, 0, "")
	}
	return appendUint32(b, TypeKeepAliveAck, m.Status)
}

// AppendBinary appends the encoded message. It does not fail.
func (m *Status) AppendBinary(b []byte) ([]byte, error) { return appendUint32(b, TypeStatus, m.Status) }

// AppendBinary appends the encoded message. It does not fail.
func (m *Environment) AppendBinary(b []byte) ([]byte, error) {
	var flags uint8
	if m.UploadNeeded {
		flags = uploadNeededBit
	}
	return appendMessage(b, TypeEnvironment, flags, m.Hash[:])
}

func (*KeepAlive) parse(_ uint8, body []byte) error {
	if len(body) != 0 {
		return appmsg.Fail(2, appmsg.ErrBadLength)
	}
	return nil
}

func (m *KeepAliveAck) parse(_ uint8, body []byte) (err error) {
	if len(body) == 0 {
		return nil
	}
	m.HasStatus = true
	m.Status, err = parseUint32(body)
	return err
}

func (m *Status) parse(_ uint8, body []byte) (err error) {
	m.Status, err = parseUint32(body)
	return err
}

func (m *Environment) parse(flags uint8, body []byte) error {
	if len(body) != HashLen {
		return appmsg.Fail(2, appmsg.ErrBadLength)
	}
	m.UploadNeeded = flags&uploadNeededBit != 0
	m.Hash = [HashLen]byte(body)
	return nil
}
