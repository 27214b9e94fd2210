// Command sidebyside puts the same load on our registrar and on the reference's, over
// the kernel SCTP of one guest, and prints a table of both. It is to be run in the
// repository's top folder:
//
//	go run ./internal/interop/cmd/sidebyside
//
// Both registrars run all the time; a load goes on the one and then on the other, again
// and again, so that what the machine does otherwise is there for both. The figures are
// the medians of the rounds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "sidebyside:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	rounds := flag.Int("rounds", 5, "rounds")
	duration := flag.Duration("duration", 3*time.Second, "how long a load lasts")
	count := flag.Bool("count", false, "count instructions: a nanosecond is one")
	bin := flag.String("guest", "", "measure here, a guest with hosts, with the programs in this folder")
	flag.Parse()
	if *rounds < 1 || *duration <= 0 {
		return errors.New("there must be a round, and it must last")
	}
	if *bin != "" {
		return measure(ctx, *bin, *rounds, *duration)
	}
	dir, err := os.MkdirTemp("", "sidebyside")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	build := exec.CommandContext(ctx, "go", "build", "-o", dir+"/",
		"./registrar/cmd/rspregistrar", "./tools/cmd/rspbench", "./internal/interop/cmd/sidebyside")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	args := []string{"internal/interop/uml/uml-run", "--hosts", "2", "--timeout", "0"}
	if *count {
		args = []string{
			"internal/interop/qemu/count-run", "rspregistrar",
			filepath.Join(dir, "rspregistrar"), filepath.Join(dir, "rspbench"), filepath.Join(dir, "sidebyside"),
		}
	}
	args = append(args, "--", filepath.Join(dir, "sidebyside"), "-guest", dir,
		"-rounds", fmt.Sprint(*rounds), "-duration", duration.String())
	guest := exec.CommandContext(ctx, args[0], args[1:]...)
	guest.Stdout, guest.Stderr = os.Stdout, os.Stderr
	// An interrupt goes to the guest, which ends by it.
	guest.Cancel = func() error { return guest.Process.Signal(os.Interrupt) }
	return guest.Run()
}
