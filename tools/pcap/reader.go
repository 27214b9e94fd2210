package pcap

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// A Reader reads the packets of a file.
type Reader struct {
	in     input
	format interface {
		// next fills in the next packet; io.EOF tells the regular end.
		next(in *input, p *Packet) error
	}
	packet Packet
	err    error
}

// NewReader reads the head of a capture file, of either format, which may be compressed by
// gzip (RFC 1952). It fails with a *[FormatError], or with a *[DamageError]. Offsets of damage
// count the octets of the file as it was before compression.
func NewReader(r io.Reader) (*Reader, error) {
	buffered, err := Inflate(bufio.NewReaderSize(r, 1<<16))
	if err != nil {
		return nil, err
	}
	in := input{r: buffered}
	magic, err := in.r.Peek(4)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &FormatError{foundFormat(magic)}
		}
		return nil, err
	}
	head, _ := in.r.Peek(min(in.r.Buffered(), sniffLen)) // No more is read than there is.
	out := &Reader{in: in}
	if binary.BigEndian.Uint32(magic) == blockSection {
		out.format = new(ng)
		return out, nil
	}
	c, err := newClassic(&out.in, magic)
	if errors.Is(err, ErrFormat) {
		return nil, &FormatError{foundFormat(head)}
	}
	if err != nil {
		return nil, out.in.damage(err)
	}
	out.format = c
	return out, nil
}

// Inflate returns a reader of the content of a file that may be compressed by gzip. It fails with
// a *[DamageError].
func Inflate(r *bufio.Reader) (*bufio.Reader, error) {
	const magic = "\x1f\x8b"
	if head, err := r.Peek(len(magic)); err != nil || string(head) != magic {
		return r, nil //nolint:nilerr // The reader of the format reports an error in its own way.
	}
	inflated, err := gzip.NewReader(r)
	if err != nil {
		return nil, &DamageError{Err: err}
	}
	return bufio.NewReaderSize(inflated, 1<<16), nil
}

// Next returns the next packet, which is valid until the next call. It returns
// io.EOF at the end of the file, and a *[DamageError] where it cannot be read on.
func (r *Reader) Next() (*Packet, error) {
	if r.err != nil {
		return nil, r.err
	}
	r.in.start = r.in.offset
	if err := r.format.next(&r.in, &r.packet); err != nil {
		r.err = err
		if err != io.EOF { //nolint:errorlint // only the bare value is the end
			r.err = r.in.damage(err)
		}
		return nil, r.err
	}
	r.packet.Number++
	return &r.packet, nil
}

// input counts what is read.
type input struct {
	r      *bufio.Reader
	offset int64
	start  int64  // of the packet or block being read
	buf    []byte // for read
}

func (in *input) damage(err error) error {
	var damage *DamageError
	if errors.As(err, &damage) || errors.Is(err, ErrFormat) {
		return err
	}
	return &DamageError{Offset: in.start, Err: err}
}

// read returns the next n octets, valid until the next call. n is at most a
// packet and its head. It returns io.EOF if there is nothing more, and
// ErrTruncated if there is less.
func (in *input) read(n int) ([]byte, error) {
	if cap(in.buf) < n {
		in.buf = make([]byte, max(n, 4096))
	}
	got, err := io.ReadFull(in.r, in.buf[:n])
	in.offset += int64(got)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrTruncated
	}
	return in.buf[:n], err
}

// rest is read in the middle of something, where the end is not regular.
func (in *input) rest(n int) ([]byte, error) {
	b, err := in.read(n)
	if errors.Is(err, io.EOF) {
		err = ErrTruncated
	}
	return b, err
}

// skip drops n octets.
func (in *input) skip(n int64) error {
	got, err := io.CopyN(io.Discard, in.r, n)
	in.offset += got
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrTruncated
	}
	return err
}

// length returns a length on the wire as an int, on machines of 32 bits as well.
func length(v uint32) int { return int(min(v, math.MaxInt32)) }
