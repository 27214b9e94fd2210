package main

import (
	"bufio"
	"bytes"
	"io"
)

// maxLine is the length, in octets, above which a line is sent in pieces. A piece and its line
// end fit a message.
const maxLine = 60000

// A line is a line of input without its end, or the error that ends the input.
type line struct {
	text string
	err  error
}

// lines returns the lines of r. It reads a line when the previous line has been taken.
func lines(r io.Reader) <-chan line {
	out := make(chan line)
	go func() {
		defer close(out)
		s := bufio.NewScanner(r)
		s.Buffer(nil, 2*maxLine)
		s.Split(scanPieces)
		for s.Scan() {
			out <- line{text: s.Text()}
		}
		if err := s.Err(); err != nil {
			out <- line{err: err}
		}
	}()
	return out
}

// scanPieces is [bufio.ScanLines] with long lines cut into pieces.
func scanPieces(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if len(data) > maxLine && bytes.IndexByte(data[:maxLine+1], '\n') < 0 {
		return maxLine, data[:maxLine], nil
	}
	return bufio.ScanLines(data, atEOF)
}
