package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli/clitest"
)

// sample is a program with flags of every kind, and with all kinds of ends.
type sample struct {
	Address    []Addrs      `sep:"none" placeholder:"ADDR:PORT,..." help:"Some addresses."`
	Local      Local        `default:"auto" placeholder:"ADDR" help:"Where to listen. Default: ${default}."`
	Group      Group        `default:"auto" placeholder:"ADDR:PORT" help:"A group."`
	Time       Milliseconds `default:"1000" placeholder:"MS" help:"Some time. Default: ${default}."`
	Identifier ID           `default:"0" placeholder:"ID" help:"Some number."`
	End        string       `enum:"well,usage,failure,lines,listen,panic,signal,text,late,never" default:"well" help:"How to end."`

	Net NetworkFlags `embed:"" group:"Transport:"`
	DaemonFlags
	Common
}

func (p *sample) Validate() error {
	return CheckRanges(Range{"time", p.Time.Duration().Milliseconds(), 1, 5000, "ms"})
}

func (p *sample) Run(ctx context.Context, log *slog.Logger) error {
	switch p.End {
	case "usage":
		return fmt.Errorf("sample: %w", &UsageError{errors.New("this cannot be")})
	case "failure":
		return errors.New("this has failed")
	case "lines":
		return errors.Join(errors.New("one"), errors.New("two"))
	case "listen":
		return listenTwice(ctx)
	case "panic":
		panic("BUG: sample")
	case "late":
		fmt.Println("not ready")
		<-ctx.Done()
		return nil
	case "signal":
		fmt.Println("ready")
		p.Ready()
		p.Ready() // Once is enough.
		<-ctx.Done()
		return nil
	case "text":
		fmt.Fprintln(Standard(ctx, os.Stdout), "ready\n", strings.Repeat("x", 1<<20))
		return nil
	case "never":
		fmt.Println("ready")
		<-ctx.Done()
		fmt.Println("ending")
		<-context.Background().Done()
	}
	log.Info("all is well", "after", p.Time.Duration())
	fmt.Printf("addresses %v, local %v, time %v, identifier %v\n", p.Address, p.Local, p.Time.Duration(), p.Identifier)
	return nil
}

func listenTwice(ctx context.Context) error {
	first, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer first.Close()
	var config net.ListenConfig
	_, err = config.ListenPacket(ctx, "udp4", first.LocalAddr().String())
	return fmt.Errorf("sample: %w", errors.Join(err, nil))
}

func TestMain(m *testing.M) {
	clitest.Main(m, map[string]func(){
		"sample": func() { Main("sample", "A program for tests.", new(sample)) },
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	clitest.Run(t)
}

// TestSignals ends the sample by signals.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, end string
		signals   []syscall.Signal
		status    int
		killed    syscall.Signal
	}{
		{name: "interrupt", end: "signal", signals: []syscall.Signal{syscall.SIGINT}},
		{name: "terminate", end: "signal", signals: []syscall.Signal{syscall.SIGTERM}},
		{name: "nobody reads", end: "text", signals: []syscall.Signal{syscall.SIGTERM}},
		{name: "interrupt twice", end: "never", signals: []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, status: -1, killed: syscall.SIGINT},
		{name: "interrupt, then terminate", end: "never", signals: []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, status: -1, killed: syscall.SIGTERM},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, "sample", "--end="+test.end)
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stdout)
			for _, s := range test.signals {
				lines.Scan() // Ready, and then ending.
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait()
			if ctx.Err() != nil {
				t.Fatal("it does not end")
			}
			state := cmd.ProcessState
			if state.ExitCode() != test.status || test.killed != 0 && state.Sys().(syscall.WaitStatus).Signal() != test.killed {
				t.Errorf("it ended with %v", state)
			}
		})
	}
}

// TestErrorThatNobodyReads asserts that a program ends after an error without a reader.
func TestErrorThatNobodyReads(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if err := w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = w.Write(make([]byte, 4096))
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sample", "--end=failure")
	cmd.Stderr = w
	_ = cmd.Run()
	if cmd.ProcessState.ExitCode() != StatusFailed {
		t.Errorf("it ended with %v", cmd.ProcessState)
	}
}

func TestTwoDashes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, want []string }{
		{[]string{"-echo", "-policy=Random", "--x=y"}, []string{"--echo", "--policy=Random", "--x=y"}},
		{[]string{"-h", "-", "-5", "-0x1", "", "a-b"}, []string{"-h", "-", "-5", "-0x1", "", "a-b"}},
		{[]string{"-a1", "--", "-echo", "--"}, []string{"--a1", "--", "-echo", "--"}},
		{[]string{"-Échec", "-=x"}, []string{"-Échec", "-=x"}},
		{nil, []string{}},
	} {
		if got := TwoDashes(test.args); !slices.Equal(got, test.want) {
			t.Errorf("%q gives %q, want %q", test.args, got, test.want)
		}
	}
}

// FuzzTwoDashes asserts that only dashes change, and that a second call changes nothing.
func FuzzTwoDashes(f *testing.F) {
	f.Add("-echo", "--", "-x")
	f.Add("-1", "-policy=-1", "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		in := []string{a, b, c}
		out := TwoDashes(in)
		for i := range in {
			if out[i] != in[i] && (out[i] != "-"+in[i] || in[i][0] != '-') {
				t.Fatalf("%q has become %q", in[i], out[i])
			}
		}
		if again := TwoDashes(out); !slices.Equal(again, out) {
			t.Fatalf("%q gives %q, which gives %q", in, out, again)
		}
	})
}
