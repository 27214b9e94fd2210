package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit statuses.
const (
	StatusFailed = 1
	StatusUsage  = 2
)

// A Program is a pointer to a struct of flags that embeds [Common]. A method
// DefaultLogLevel() int sets the default of --loglevel. Without the method, the default is 3.
type Program interface {
	// Run is the program. The context ends with SIGINT or SIGTERM.
	Run(ctx context.Context, log *slog.Logger) error

	common() *Common
}

// Common has the flags of all programs.
type Common struct {
	Log     LogFlags    `embed:"" group:"Logging:"`
	Version versionFlag `help:"Print the version and exit."`

	moved []moved
}

func (c *Common) common() *Common { return c }

// A UsageError is a mistake in the command line that shows only when the program runs.
type UsageError struct{ Err error }

// Error returns the text of Err.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *UsageError) Unwrap() error { return e.Err }

// Main parses the command line, runs the program, and exits.
func Main(name, description string, program Program) {
	os.Exit(run(name, description, program, os.Args[1:]))
}

func run(name, description string, program Program, args []string) (status int) {
	if status, done, err := parse(name, description, program, args); err != nil {
		return complain(name, &UsageError{err})
	} else if done {
		return status
	}
	if p, ok := program.(daemonProgram); ok && p.daemon().enter() {
		status, err := p.daemon().launch()
		if err != nil {
			return complain(name, err)
		}
		return status
	}
	if err := runLogged(program); err != nil {
		return complain(name, err)
	}
	return 0
}

// runLogged runs the program with its log, and writes the rest of the log at the end.
func runLogged(program Program) error {
	log, closeLog, err := program.common().Log.open()
	if err != nil {
		return err
	}
	defer closeLog()
	for _, m := range program.common().moved {
		m.log(log)
	}
	ctx, stop := untilSignal(log)
	defer stop()
	return program.Run(ctx, log)
}

// untilSignal returns a context that ends with SIGINT or SIGTERM. The next signal then ends
// the program at once.
func untilSignal(log *slog.Logger) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			// In this order, because the next signal may come as soon as the context ends.
			signal.Stop(signals)
			log.Info("stopping; a second signal ends the program at once", "signal", s)
			cancel()
		case <-ctx.Done():
			signal.Stop(signals)
		}
	}()
	return ctx, cancel
}

// plain rewords the error of kong about a missing value.
func plain(err error) error {
	if err == nil {
		return nil
	}
	option, rest, _ := strings.Cut(err.Error(), ": expected ")
	if strings.HasSuffix(rest, ` but got "EOL" (<EOL>)`) {
		return errors.New(option + ": its value is missing")
	}
	return err
}

// defaultLogLevel returns the log level of a program without --loglevel. A program that prints
// its news for a user logs less.
func defaultLogLevel(program Program) int {
	if p, ok := program.(interface{ DefaultLogLevel() int }); ok {
		return p.DefaultLogLevel()
	}
	return 3
}

// notes is the part of the help about all options.
const notes = "Options may have one dash: -name=value. MS is a number of milliseconds, or a duration with a unit, such as 2.5s."

// complain prints an error in one line and returns the exit status. Without a reader, the line
// is left out.
func complain(name string, err error) int {
	PrintLast(os.Stderr, name+": "+explain(err))
	if _, ok := errors.AsType[*UsageError](err); ok {
		return StatusUsage
	}
	return StatusFailed
}

// explain returns an error in one line. Errors of the system are put into words for users.
func explain(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "listen" && op.Addr != nil {
		if errno, ok := errors.AsType[syscall.Errno](op.Err); ok {
			return fmt.Sprintf("cannot listen at %v: %v", op.Addr, errno)
		}
	}
	return strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
}

// TwoDashes returns the arguments with -name and -name=value spelled --name and --name=value. A
// name begins with a letter, so numbers below zero are left alone.
func TwoDashes(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if a == "--" {
			copy(out[i:], args[i:])
			return out
		}
		if len(a) > 2 && a[0] == '-' && isLetter(a[1]) {
			a = "-" + a
		}
		out[i] = a
	}
	return out
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
