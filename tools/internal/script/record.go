package script

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/wire"
)

// A record is a session that was played. It is a CBOR sequence (RFC 8742): a header, and an
// array for each cue. Its octets are those of deterministic encoding (RFC 8949, 4.2.1).

// RecordMagic is the encoded header that every record begins with: the array
// ["rspreplay", 1], in which 1 is the version of the form.
const RecordMagic = "\x82\x69rspreplay\x01"

// MaxRecordedMessage is the longest message that a record may have, in octets. No longer
// message of ASAP or ENRP exists, since the length field has 16 bits.
const MaxRecordedMessage = 65536

// ErrRecord: the record has a cue that makes no sense.
var ErrRecord = errors.New("not a cue of a recorded session")

// recordedCue is a cue in a record. Its fields are the elements of an array.
type recordedCue struct {
	_           struct{} `cbor:",toarray"`
	Kind        Kind
	At          int64 // in nanoseconds
	Assoc       uint64
	Client      []byte // address of 4 or 16 octets, and port of 2
	PPID        uint32
	Registrar   uint32
	ByRegistrar bool
	Aborted     bool
	Message     []byte
}

// A Writer records the cues of a session.
type Writer struct {
	encoder *cbor.Encoder
}

// NewWriter returns a Writer. It writes the header at once.
func NewWriter(w io.Writer) (*Writer, error) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, RecordMagic); err != nil {
		return nil, err
	}
	return &Writer{encoder: mode.NewEncoder(w)}, nil
}

// Write records a cue.
func (w *Writer) Write(c Cue) error {
	client, err := c.Client.MarshalBinary()
	if err != nil {
		return err
	}
	return w.encoder.Encode(recordedCue{
		Kind: c.Kind, At: int64(c.At), Assoc: c.Assoc, Client: client, PPID: c.PPID, Registrar: uint32(c.Registrar),
		ByRegistrar: c.ByRegistrar, Aborted: c.Aborted, Message: c.Message.Octets,
	})
}

// Record is a script from a recorded session.
type Record struct {
	input   *allowance
	decoder *cbor.Decoder
	last    time.Duration
	err     error
}

// recordLimits are the limits of decoding: a cue is a flat array without tags, text or maps,
// and the sizes in it are bounded.
func recordLimits() cbor.DecOptions {
	return cbor.DecOptions{
		MaxNestedLevels:  4, // the least that the decoder takes
		MaxArrayElements: 16,
		MaxMapPairs:      16,
		IndefLength:      cbor.IndefLengthForbidden,
		TagsMd:           cbor.TagsForbidden,
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
	}
}

// NewRecord reads the header of a record.
func NewRecord(r io.Reader) (*Record, error) {
	mode, err := recordLimits().DecMode()
	if err != nil {
		return nil, err
	}
	in := &allowance{in: bufio.NewReader(r), left: maxCueInput}
	header := make([]byte, len(RecordMagic))
	if _, err := io.ReadFull(in, header); err != nil || string(header) != RecordMagic {
		return nil, ErrRecord
	}
	return &Record{input: in, decoder: mode.NewDecoder(in)}, nil
}

// Next returns the next cue. After an error there are no further cues.
func (r *Record) Next() (Cue, error) {
	if r.err != nil {
		return Cue{}, r.err
	}
	cue, err := r.read()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = fmt.Errorf("octet %d: %w", len(RecordMagic)+r.decoder.NumBytesRead(), err)
		}
		r.err = err
	}
	return cue, err
}

func (r *Record) read() (Cue, error) {
	r.input.left = maxCueInput
	var in recordedCue
	if err := r.decoder.Decode(&in); err != nil {
		return Cue{}, r.input.reason(err)
	}
	out := Cue{
		Kind: in.Kind, At: time.Duration(in.At), Assoc: in.Assoc, PPID: in.PPID, Registrar: wire.ServerID(in.Registrar),
		ByRegistrar: in.ByRegistrar, Aborted: in.Aborted,
	}
	hasMessage := in.Kind == Say || in.Kind == Hear
	switch {
	case in.Kind < Open || in.Kind > Close,
		out.At < r.last,
		in.PPID != wire.PPIDASAP && in.PPID != wire.PPIDENRP,
		hasMessage != (len(in.Message) > 0), len(in.Message) > MaxRecordedMessage,
		out.Client.UnmarshalBinary(in.Client) != nil || out.Client == (netip.AddrPort{}):
		return Cue{}, ErrRecord
	}
	r.last = out.At
	if hasMessage {
		out.Message = ParseMessage(in.PPID, in.Message)
	}
	return out, nil
}

// maxCueInput is the number of octets that may be read for a cue. The decoder reads ahead, so
// it is several times the length of the longest cue.
const maxCueInput = 8 * MaxRecordedMessage

// allowance bounds the octets that are read for a cue, because the decoder keeps a whole
// cue in memory, however long the cue claims to be.
type allowance struct {
	in   io.Reader
	left int
	err  error // of in, other than io.EOF
}

// Read reads as much as is allowed.
func (a *allowance) Read(p []byte) (int, error) {
	if a.left == 0 {
		return 0, ErrRecord
	}
	n, err := a.in.Read(p[:min(len(p), a.left)])
	a.left -= n
	if !errors.Is(err, io.EOF) {
		a.err = err
	}
	return n, err
}

// reason returns the reason for an error of the decoder: the end of the input, an error of the
// input, or octets that are no cue.
func (a *allowance) reason(err error) error {
	switch {
	case a.err != nil:
		return a.err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return pcap.ErrTruncated
	case errors.Is(err, io.EOF):
		return err
	}
	return ErrRecord
}
