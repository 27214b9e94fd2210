// Rspdecode reads a packet capture, or captures itself, and shows the messages of
// ASAP, ENRP, CSP and the demo applications in it.
//
//	rspdecode capture.pcapng
//	rspdecode --verbose --type=registration capture.pcapng
//	rspdecode --interface=any --protocol=asap,enrp
//	rspdecode --flow --during=7.3..7.6 capture.pcapng
//	rspdecode --html=page.html capture.pcapng
//	tcpdump -U -w - sctp or udp | rspdecode --output=json - | jq .fields
//
// It finds SCTP natively and in UDP at any port, announces and reports in UDP; puts
// fragments together, of IP and of SCTP; and shows each message once, however often
// it was sent. SCTP packets with a wrong checksum are left out, as their receiver left
// them out, and are counted at the end.
//
// In text, a message is a line: the number of its packet, time, source and
// destination, its name in the RFC, and what matters of its content. At a terminal, the line is
// cut to the width of the terminal, and has the colour of the protocol. In JSON, a message is an
// object on a line with the keys
//
//	frame      number of the packet that completed the message, from 1
//	time       when that was captured, by RFC 3339 in UTC
//	src, dst   address and port, for SCTP that of SCTP
//	ppid       payload protocol identifier; absent over UDP
//	protocol   such as ASAP
//	message    such as ASAP_REGISTRATION
//	length     of the message in octets
//	fields     object: identifiers in hexadecimal as text, times in milliseconds
//	           (_ms), fractions as numbers of 32 bits and in percent (_percent), a list
//	           of the flags that are set, all parameters by name
//	error      of a damaged message: its offset in octets, and a text
//
// CBOR is a sequence (RFC 8742) of the same objects.
//
// The exit status is 0, or 1 if the capture cannot be read to its end, or 2 if the
// command line is wrong.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

const description = `Show the RSerPool messages in a packet capture: ASAP, ENRP, CSP and the protocols of the demo
applications, over SCTP, SCTP in UDP (any port) and UDP.

The file has the format pcap or pcapng, also compressed by gzip; - is the standard input. If the capture is damaged, what can be read is shown,
and the exit status is 1.`

// program is the command line.
type program struct {
	cli.Common

	File string `arg:"" optional:"" help:"Capture file, or - for the standard input."`

	Interface string     `short:"i" placeholder:"NAME" help:"Capture at an interface (any: at all of them) instead of reading a file. Linux only; needs CAP_NET_RAW."`
	Output    string     `short:"o" enum:"text,json,cbor" default:"text" help:"Output: text (a line for each message), json (an object on a line), cbor (a sequence of the same objects). Default: ${default}."`
	Verbose   bool       `short:"v" help:"In text, show all fields of each message with their offsets."`
	Wide      bool       `short:"w" help:"At a terminal, show whole lines with dates, instead of cutting the lines to the width of the terminal."`
	Time      timeFormat `default:"local" placeholder:"FORMAT" help:"Time in text: local, utc, or relative (seconds since the first packet). Default: ${default}."`

	Count           int    `short:"c" placeholder:"N" help:"End after so many messages."`
	Flow            bool   `xor:"form" help:"Draw a ladder diagram: hosts are columns, messages are arrows. The head comes again with each block."`
	HTML            string `name:"html" xor:"form" placeholder:"FILE" help:"Write a page for browsers, which needs no other file: ladder, messages per second, latencies, elements and pools, failovers and takeovers. An existing file is overwritten."`
	Stats           bool   `xor:"form" help:"Show tables of messages, of requests with the latency of their answers, and of associations. In text, JSON or CBOR."`
	Write           string `placeholder:"FILE" help:"Write the packets of the messages that are shown to this file (pcapng, mode 0600), as they were captured; an existing file is overwritten."`
	IgnoreChecksums bool   `help:"Decode SCTP packets whose checksum is wrong, too."`

	Filters filterFlags `embed:"" group:"Filters (a message has to pass all of them):"`
}

func main() {
	cli.Main("rspdecode", description, &program{})
}

// Validate checks the range of the count, and the form of the output. Kong calls it.
func (p *program) Validate() error {
	if (p.Flow || p.HTML != "") && p.Output != "text" {
		return errors.New("--output is for messages and --stats, not for --flow and --html")
	}
	return cli.CheckRanges(cli.Range{Option: "count", Value: int64(p.Count), Min: 0, Max: math.MaxInt32})
}

// Run decodes until the end of the capture, or of the context.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	stdout := bufio.NewWriterSize(cli.StandardToEnd(ctx, os.Stdout), 1<<16)
	source, name, err := p.open(ctx, stdout)
	if err != nil {
		if ctx.Err() != nil {
			return nil // Nothing has come by then.
		}
		return err
	}
	defer func() { _ = source.Close() }() // Nothing was written to it.

	decoder := decode.New()
	decoder.IgnoreChecksums = p.IgnoreChecksums
	out, err := p.output(stdout, decoder, name)
	if err != nil {
		return err
	}

	kept, err := p.keeper(decoder)
	if err != nil {
		return err
	}
	readErr := p.decode(source, decoder, out, stdout, kept)
	if err := kept.close(); err != nil {
		return err
	}
	if live, ok := source.(*pcap.Live); ok {
		if n := live.Dropped(); n > 0 {
			log.Warn("packets were lost", "packets", n)
		}
	}
	if err := out.end(); err != nil {
		return err
	}
	if err := stdout.Flush(); err != nil {
		return err
	}
	if n := decoder.Stats().BadChecksums; n > 0 {
		log.Warn("SCTP packets with a wrong checksum were left out", "packets", n)
	}
	if readErr != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", name, readErr)
	}
	return nil
}
