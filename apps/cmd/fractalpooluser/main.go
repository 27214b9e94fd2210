// Command fractalpooluser is a pool user (RFC 5351) of the Fractal Generator service. It has pictures
// of fractals drawn by several pool elements at a time, and shows how they grow.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/internal/picture"
	"github.com/rserpool-go/rserpool/apps/internal/place"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type program struct {
	Files []string `arg:"" optional:"" name:"file" help:"Parameter files to draw, one after the other. Default: the files of --configdir at random."`

	PoolHandle   node.PoolHandle  `name:"poolhandle" default:"FractalGeneratorPool" placeholder:"HANDLE" help:"Pool to use. Default: ${default}."`
	Terminal     bool             `help:"Show the picture at the terminal, in 24-bit colour. The default at a terminal, unless there is --png."`
	PNG          string           `name:"png" placeholder:"FILE" help:"Save the picture in this file, and stop after one picture."`
	Prefix       string           `name:"imagestorageprefix" placeholder:"PREFIX" help:"Save each picture in PREFIX and six digits and .png."`
	Count        uint             `placeholder:"N" help:"Stop after this many pictures; 0: run until stopped. Default: 1 with --png, otherwise 0."`
	ConfigDir    string           `name:"configdir" placeholder:"DIR" help:"Folder with parameter files (*.fsf or *.fgp), one of which is drawn at random. Default: 20 files in the program."`
	Caption      string           `default:"Fractal Pool User" placeholder:"TEXT" help:"Title of the terminal's window. Default: ${default}."`
	Width        int              `least:"64" most:"8192" default:"400" placeholder:"N" help:"Points of a row (64 to 8192). Default: ${default}."`
	Height       int              `least:"64" most:"4096" default:"250" placeholder:"N" help:"Rows of points (64 to 4096). Default: ${default}."`
	Threads      int              `least:"1" most:"512" default:"1" placeholder:"N" help:"Sessions at a time, each with a part of the picture (1 to 512). Default: ${default}."`
	SendTimeout  cli.Milliseconds `name:"sendtimeout" default:"5000" placeholder:"MS" help:"Time for an element to take its order, before a failover. Default: ${default}."`
	RecvTimeout  cli.Milliseconds `name:"recvtimeout" default:"5000" placeholder:"MS" help:"Time for an element to send its next points, before a failover. Default: ${default}."`
	Pause        cli.Seconds      `name:"interimagetime" default:"5" placeholder:"S" help:"Time between two pictures, in seconds. Default: ${default}."`
	MarkFailover bool             `name:"colormarks" negatable:"nocolormarks" default:"true" help:"Change the colours after a failover. Default."`
	MarkSessions bool             `name:"sessions" negatable:"nosessions" default:"true" help:"Give the part of each session other colours. Default."`
	Identifier   cli.ID           `name:"identifier" placeholder:"ID" help:"The same as --cspidentifier."`

	ASAP   node.UserFlags   `embed:"" group:"Registrar and transport:"`
	Status node.StatusFlags `embed:"" group:"Reports to a monitor:"`
	cli.Common
}

func main() {
	cli.Main("fractalpooluser", "Pool user of the Fractal Generator service of reliable server pooling (RFC 5351).", new(program))
}

// DefaultLogLevel leaves out what the program prints itself.
func (*program) DefaultLogLevel() int { return 2 }

// Validate checks ranges and combinations. Kong calls it.
func (p *program) Validate() error {
	if p.ConfigDir != "" && len(p.Files) > 0 {
		return errors.New("parameter files and --configdir exclude each other")
	}
	in := func(option string, d time.Duration, least int64) cli.Range {
		return cli.Range{Option: option, Value: d.Milliseconds(), Min: least, Max: time.Hour.Milliseconds(), Unit: "ms"}
	}
	return cli.CheckRanges(
		in("sendtimeout", p.SendTimeout.Duration(), 1),
		in("recvtimeout", p.RecvTimeout.Duration(), 1),
		in("interimagetime", p.Pause.Duration(), 0),
	)
}

// chooseOutput turns the terminal on if nothing else is asked for.
func (p *program) chooseOutput(isTerminal bool) error {
	switch {
	case p.Terminal && !isTerminal:
		return &cli.UsageError{Err: errors.New("--terminal: standard output is no terminal")}
	case !isTerminal && p.PNG == "" && p.Prefix == "":
		return &cli.UsageError{Err: errors.New("standard output is no terminal: give --png=FILE or --imagestorageprefix=PREFIX")}
	case isTerminal && p.PNG == "":
		p.Terminal = true
	}
	if p.PNG != "" && p.Count == 0 {
		p.Count = 1
	}
	return nil
}

// places returns the places to draw.
func (p *program) places(log *slog.Logger) (places []place.Place, err error) {
	if p.ConfigDir != "" {
		return place.Folder(p.ConfigDir, func(err error) { log.Warn("parameter file left out", "error", err) })
	}
	for _, name := range p.Files {
		one, err := place.File(name)
		if err != nil {
			return nil, err
		}
		places = append(places, one)
	}
	if len(places) == 0 {
		return place.Own(), nil
	}
	return places, nil
}

// Run has pictures drawn until the context ends, or until there are enough.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	if err := p.chooseOutput(term.IsTerminal(int(os.Stdout.Fd()))); err != nil {
		return err
	}
	places, err := p.places(log)
	if err != nil {
		return err
	}
	show, stop := p.output(ctx)
	defer stop()
	pool, err := p.openPool(ctx, log, func(format string, args ...any) { show.setNote(fmt.Sprintf(format, args...)) })
	if err != nil {
		return err
	}
	defer pool.close()
	timeouts := timeouts{send: p.SendTimeout.Duration(), receive: p.RecvTimeout.Duration()}
	g := gallery{program: p, places: places, observer: show, painter: painter{pool, timeouts}}
	err = g.run(ctx)
	if ctx.Err() != nil {
		return nil // Stopped by the user.
	}
	return err
}

// marks returns the changes of colour.
func (p *program) marks() picture.Marks {
	return picture.Marks{Failovers: p.MarkFailover, Sessions: p.MarkSessions}
}
