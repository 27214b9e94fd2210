package scripting

import (
	"bytes"
	"fmt"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// MaxDataLen is the maximum number of octets in an [Upload] or [Download].
const MaxDataLen = 16384

// Upload is a part of a file from pool user to pool element: first the work package,
// then perhaps the environment. A part without data ends the file.
type Upload struct {
	Data []byte
}

// Download is a part of the result from pool element to pool user. A part without data ends the
// file.
type Download struct {
	Data []byte
}

// Type returns [TypeUpload].
func (*Upload) Type() Type { return TypeUpload }

// Type returns [TypeDownload].
func (*Download) Type() Type { return TypeDownload }

// AppendBinary appends the encoded message.
func (m *Upload) AppendBinary(b []byte) ([]byte, error) { return appendData(b, TypeUpload, m.Data) }

// AppendBinary appends the encoded message.
func (m *Download) AppendBinary(b []byte) ([]byte, error) {
	return appendData(b, TypeDownload, m.Data)
}

func (m *Upload) parse(_ uint8, body []byte) (err error) {
	m.Data, err = parseData(body)
	return err
}

func (m *Download) parse(_ uint8, body []byte) (err error) {
	m.Data, err = parseData(body)
	return err
}

func appendData(b []byte, t Type, data []byte) ([]byte, error) {
	if len(data) > MaxDataLen {
		return nil, fmt.Errorf("%d octets of data: %w", len(data), appmsg.ErrTooLong)
	}
	return appendMessage(b, t, 0, data)
}

// parseData returns a copy of the data, nil for no data.
func parseData(body []byte) ([]byte, error) {
	switch {
	case len(body) > MaxDataLen:
		return nil, appmsg.Fail(2, appmsg.ErrBadLength)
	case len(body) == 0:
		return nil, nil
	}
	return bytes.Clone(body), nil
}
