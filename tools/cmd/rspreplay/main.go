// Rspreplay plays a packet capture at a live registrar, and compares the answers.
//
//	rspreplay --against=127.0.0.1:3863 capture.pcap
//	rspreplay --against=127.0.0.1:3863 --speed=max --loop=100 --strict capture.pcap
//	rspreplay --against=10.0.0.1:3863 --and=10.0.0.2:3863 capture.pcap
//
// The live registrar plays the part of one registrar of the capture. Rspreplay plays the pool
// elements and pool users of that registrar, and its peers. Messages are sent in the order of
// the capture. Where the capture has an answer, rspreplay waits for the answer of the live
// registrar, too.
//
// Each line of the output is a difference: the packet of the request in the capture, its
// time, the request, the field of the answer, and the two values. At the end comes a summary.
// JSON has an object on each line, with a single key of
//
//	difference  round, frame, at_ms, request, field, a and b
//	mapping     kind, capture and live (with --map)
//	result      the summary
//
// CBOR is a sequence (RFC 8742) of the same objects.
//
// SIGINT ends the replay early. The summary then counts what was played.
//
// The exit status is 0; 1 if the registrar cannot be reached, if the capture is damaged or
// has nothing to play, or with --strict if there are differences; 2 if the command line is wrong.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/tools/replay"
	"github.com/rserpool-go/rserpool/wire"
)

const description = `Play a packet capture at a live registrar, and compare its answers with those in the capture.

The file has the format pcap or pcapng, or is a session recorded with --record. It may be compressed by gzip. - is the
standard input. The pool elements, the pool users and the peers of a registrar of the capture are played. If the capture is damaged,
its readable part is played, and the exit status is 1.`

// program is the command line.
type program struct {
	File string `arg:"" help:"Capture file or recorded session, or - for the standard input."`

	Against     cli.Addrs `required:"" placeholder:"ADDR:PORT,..." help:"The registrar. Port: 3863 unless given."`
	AgainstENRP cli.Addrs `name:"against-enrp" placeholder:"ADDR:PORT,..." help:"Where the registrar takes messages of other registrars. Port: 9901 unless given. Default: the addresses of --against, at port 9901."`
	And         cli.Addrs `placeholder:"ADDR:PORT,..." help:"A second registrar: compare both with each other instead of with the capture."`
	AndENRP     cli.Addrs `name:"and-enrp" placeholder:"ADDR:PORT,..." help:"Where the second registrar takes messages of other registrars. Default: the addresses of --and, at port 9901."`
	ASAPOnly    bool      `name:"asap-only" help:"Play pool elements and pool users only, and no other registrars."`
	As          cli.ID    `placeholder:"ID" help:"Identifier of the registrar in the capture whose part the registrar plays. Default: the first one heard."`
	Local       cli.Addrs `placeholder:"ADDR,..." help:"Local addresses. Default: the address from which the registrar is reached."`

	Speed    speed            `default:"1" placeholder:"N|max" help:"Speed: 10 is ten times the original, max is as fast as answers come. Default: ${default}."`
	Overlap  bool             `help:"Let requests of several clients overlap as in the capture. Without this option, a request waits for the answer to the request before it, because a registrar may take overlapping requests in any order."`
	Loop     int              `default:"1" placeholder:"N" help:"Number of rounds. Default: ${default}."`
	Patience cli.Milliseconds `default:"5000" placeholder:"MS" help:"Time that an answer, or the end of an association, may take, in milliseconds. Default: ${default}."`
	Offset   cli.ID           `default:"0" placeholder:"N" help:"Add this number to the identifiers of pool elements, such as for a registrar that has the elements of the capture. Default: ${default}."`

	Record string `placeholder:"FILE" help:"Record the session with the registrar in this file, which rspreplay can play; an existing file is overwritten."`
	Map    bool   `help:"Show what stands for the addresses, registrars and, with --offset, elements of the capture."`
	Output string `short:"o" enum:"text,json,cbor" default:"text" help:"Output: text (a line for each difference), json (an object on a line), cbor (a sequence of the same objects). Default: ${default}."`
	Strict bool   `help:"Fail with status 1 if there are differences."`

	Net cli.NetworkFlags `embed:"" group:"Transport:"`
	cli.Common
}

func main() {
	cli.Main("rspreplay", description, &program{})
}

// speed is the value of --speed, 0 for max.
type speed float64

// UnmarshalText takes a number above 0, or max.
func (s *speed) UnmarshalText(text []byte) error {
	if string(text) == "max" {
		*s = 0
		return nil
	}
	const lowest, highest = 0.001, 1e6
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !(v >= lowest && v <= highest) { // NaN is neither.
		return fmt.Errorf("%q is neither max nor a number from %v to %v", text, lowest, highest)
	}
	*s = speed(v)
	return nil
}

const maxPatience = time.Hour

// Validate checks ranges and combinations. Kong calls it.
func (p *program) Validate() error {
	if p.File == "-" && p.Loop > 1 {
		return errors.New("--loop: the standard input can be read only once")
	}
	if len(p.AndENRP) > 0 && len(p.And) == 0 {
		return errors.New("--and-enrp: there is no --and")
	}
	if p.ASAPOnly && len(p.AgainstENRP)+len(p.AndENRP) > 0 {
		return errors.New("--asap-only: no addresses of ENRP are used")
	}
	return cli.CheckRanges(
		cli.Range{Option: "loop", Value: int64(p.Loop), Min: 1, Max: math.MaxInt32},
		cli.Range{Option: "patience", Value: p.Patience.Duration().Milliseconds(), Min: 1, Max: maxPatience.Milliseconds(), Unit: "ms"},
	)
}

// Run replays and prints the result.
func (p *program) Run(ctx context.Context, log *slog.Logger) (err error) {
	if err := p.checkFiles(); err != nil {
		return err
	}
	out, err := p.newOutput(cli.StandardToEnd(ctx, os.Stdout))
	if err != nil {
		return err
	}
	config := p.config(log)
	config.Difference, config.Progress = out.difference, out.progress
	if p.Map {
		config.Mapping = out.mapping
	}
	if p.Record != "" {
		file, err := os.Create(p.Record)
		if err != nil {
			return err
		}
		buffered := bufio.NewWriter(file)
		config.Record = buffered
		defer func() { err = errors.Join(err, buffered.Flush(), file.Close()) }()
	}
	result, runErr := replay.Run(ctx, config)
	if result.Cues > 0 {
		out.result(result)
	}
	switch {
	case runErr != nil:
		runErr = p.named(runErr)
	case p.Strict && result.Differences > 0:
		runErr = errors.New(cli.Count(result.Differences, "difference"))
	}
	return errors.Join(out.finish(), runErr)
}

// checkFiles finds a capture that the recorded session would overwrite, and a pipe that would be
// read several times.
func (p *program) checkFiles() error {
	var in fs.FileInfo
	var err error
	if p.File == "-" {
		in, err = os.Stdin.Stat()
	} else {
		in, err = os.Stat(p.File)
	}
	if err != nil {
		return err
	}
	if p.Loop > 1 && !in.Mode().IsRegular() {
		return &cli.UsageError{Err: fmt.Errorf("--loop: %s is not a regular file, and can be read only once", p.File)}
	}
	out, err := os.Stat(p.Record)
	if err == nil && out.Mode().IsRegular() && os.SameFile(in, out) {
		return &cli.UsageError{Err: fmt.Errorf("--record: %s is the file that is played", p.Record)}
	}
	return nil
}

// config returns the replay that the options ask for.
func (p *program) config(log *slog.Logger) replay.Config {
	config := replay.Config{
		Network:  p.Net.Network(p.Log.BesideText(log)),
		Input:    p.open,
		As:       wire.ServerID(p.As),
		Speed:    float64(p.Speed),
		Overlap:  p.Overlap,
		Rounds:   p.Loop,
		Patience: p.Patience.Duration(),
		Offset:   uint32(p.Offset),
	}
	for _, a := range p.Local {
		config.Local = append(config.Local, a.Addr())
	}
	config.Registrars = append(config.Registrars, p.registrar(p.Against, p.AgainstENRP))
	if len(p.And) > 0 {
		config.Registrars = append(config.Registrars, p.registrar(p.And, p.AndENRP))
	}
	return config
}

// registrar returns a registrar of the command line.
func (p *program) registrar(asap, enrp cli.Addrs) replay.Registrar {
	r := replay.Registrar{ASAP: asap.WithPort(wire.PortASAP)}
	switch {
	case p.ASAPOnly:
	case len(enrp) > 0:
		r.ENRP = enrp.WithPort(wire.PortENRP)
	default:
		for _, a := range r.ASAP {
			r.ENRP = append(r.ENRP, netip.AddrPortFrom(a.Addr(), wire.PortENRP))
		}
	}
	return r
}

// open opens the capture.
func (p *program) open() (io.ReadCloser, error) {
	if p.File == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	return os.Open(p.File)
}

// named adds the name of the input to an error about it, unless the error has the name.
func (p *program) named(err error) error {
	if _, ok := errors.AsType[*replay.InputError](err); !ok {
		return err
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return err
	}
	name := p.File
	if name == "-" {
		name = "standard input"
	}
	return fmt.Errorf("%s: %w", name, err)
}
