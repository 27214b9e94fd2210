package replay

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

// ErrFormat: the input is neither a capture nor a recorded session.
var ErrFormat = errors.New("neither a capture file of format pcap or pcapng, nor a recorded session")

// ErrNothing: the input has no association in which somebody could be played.
var ErrNothing = errors.New("no association")

// nothing returns the error about an input in which nobody can be played.
func (c *Config) nothing() error {
	if c.As != 0 {
		return fmt.Errorf("%w with registrar %v", ErrNothing, c.As)
	}
	return fmt.Errorf("%w with a registrar", ErrNothing)
}

// An InputError says that the input cannot be read, or cannot be read to its end.
type InputError struct{ Err error }

// Error returns the text of Err.
func (e *InputError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *InputError) Unwrap() error { return e.Err }

// source opens the script. The form of the input, which may be compressed by gzip, tells what it is.
func (c *Config) source() (script.Source, io.Closer, error) {
	in, err := c.Input()
	if err != nil {
		return nil, nil, &InputError{err}
	}
	source, err := c.script(bufio.NewReader(in))
	if err != nil {
		_ = in.Close() // It was only read.
		return nil, nil, &InputError{err}
	}
	return source, in, nil
}

func (c *Config) script(in *bufio.Reader) (script.Source, error) {
	in, err := pcap.Inflate(in)
	if err != nil {
		return nil, err
	}
	head, err := in.Peek(len(script.RecordMagic))
	if err == nil && string(head) == script.RecordMagic {
		return script.NewRecord(in)
	}
	packets, err := pcap.NewReader(in)
	if found, ok := errors.AsType[*pcap.FormatError](err); ok {
		return nil, fmt.Errorf("%s, %w", found.Found, ErrFormat)
	}
	if err != nil {
		return nil, err
	}
	return script.NewCapture(packets, c.As), nil
}
