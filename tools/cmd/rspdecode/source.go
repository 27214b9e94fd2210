package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

// source is where packets come from.
type source interface {
	// Next returns the next packet, io.EOF at the end.
	Next() (*pcap.Packet, error)
	Close() error
}

// file is a capture file.
type file struct {
	*pcap.Reader
	io.Closer
}

// input is what a capture file is read from. Who reads waits for more, so that all that
// there is to show by then is shown before.
type input struct {
	io.ReadCloser
	stdout *bufio.Writer
}

// Read reads more.
func (i input) Read(p []byte) (int, error) {
	_ = i.stdout.Flush() // What fails here fails with the next message or at the end, too.
	return i.ReadCloser.Read(p)
}

// standardInput returns the standard input. That it is closed ends a read that waits.
func standardInput() io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		_, err := io.Copy(w, os.Stdin)
		_ = w.CloseWithError(err) // It is nil at the end of the file, and says so.
	}()
	return r
}

// open opens what is to be read until the context ends, and returns its name.
func (p *program) open(ctx context.Context, stdout *bufio.Writer) (source, string, error) {
	switch {
	case p.Interface != "" && p.File != "":
		return nil, "", &cli.UsageError{Err: errors.New("a file and --interface cannot be read both")}
	case p.Interface != "":
		live, err := pcap.Listen(p.Interface)
		if err != nil {
			return nil, "", err
		}
		context.AfterFunc(ctx, func() { _ = live.Close() })
		return live, p.Interface, nil
	case p.File == "":
		return nil, "", &cli.UsageError{Err: errors.New("give a capture file, - or --interface=NAME")}
	}
	in, name := input{stdout: stdout}, "standard input"
	if p.File == "-" {
		in.ReadCloser = standardInput()
	} else {
		f, err := os.Open(p.File)
		if err != nil {
			return nil, "", err
		}
		in.ReadCloser, name = f, p.File
	}
	context.AfterFunc(ctx, func() { _ = in.Close() })
	r, err := pcap.NewReader(in)
	if err != nil {
		_ = in.Close()
		return nil, "", fmt.Errorf("%s: %w", name, err)
	}
	return &file{Reader: r, Closer: in}, name, nil
}

// decode reads all packets, writes all messages that pass the filter, and has their packets kept.
func (p *program) decode(in source, d *decode.Decoder, out output, stdout *bufio.Writer, kept *keeper) error {
	filter := p.Filters.filter()
	var associations *associations
	if filter.hasAssociations() || p.Stats || p.HTML != "" {
		associations = newAssociations(d)
	}
	_, live := in.(*pcap.Live)
	var err error
	count := 0
	var m message
	emit := func(r *decode.Record) {
		m = associations.place(r)
		if err != nil || p.Count > 0 && count >= p.Count || !filter.passes(&m) {
			return
		}
		count++
		kept.keep(r)
		err = out.write(&m)
	}
	for err == nil && (p.Count == 0 || count < p.Count) {
		packet, readErr := in.Next()
		if readErr != nil {
			if errors.Is(readErr, io.EOF) {
				return nil
			}
			return readErr
		}
		if err := kept.add(packet); err != nil {
			return err
		}
		d.Packet(packet, emit)
		if live {
			err = errors.Join(err, stdout.Flush())
		}
	}
	return err
}
