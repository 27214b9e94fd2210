// Command rspdemo shows a failover on one machine: a registrar, a pool of three servers and a client
// as separate processes. The server of the client's session is killed, and the session goes on at
// another server.
//
// It runs the programs from its own directory, on loopback and on free ports. Its exit status is 0
// only if every line was answered and all processes have ended.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli"
)

type program struct {
	Dir string `placeholder:"DIR" help:"Directory of the programs. Default: directory of this program."`
	cli.Common
}

func main() {
	cli.Main("rspdemo", "Demonstration of reliable server pooling (RFC 5351): a session survives the death of its server.", new(program))
}

// timeout limits the demonstration, which takes about two seconds.
const timeout = time.Minute

// Run plays the scenes.
func (p *program) Run(ctx context.Context, _ *slog.Logger) error {
	dir := p.Dir
	if dir == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		dir = filepath.Dir(self)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	d := &demo{dir: dir, out: os.Stdout, start: time.Now()}
	err := d.play(ctx)
	left := d.killAll()
	if err == nil && left == nil {
		d.say("all is well")
		return nil
	}
	if err == nil {
		err = left
	}
	if f, ok := errors.AsType[*failure](err); ok {
		fmt.Fprintf(os.Stderr, "--- log of %s (process %d)\n%s---\n", f.process.name, f.process.cmd.Process.Pid, f.process.log.String())
	}
	return err
}
