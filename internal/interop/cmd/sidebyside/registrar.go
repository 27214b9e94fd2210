package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A registrar is one that runs on the first host.
type registrar struct {
	addr    string
	process *exec.Cmd
	log     bytes.Buffer
}

// Where the registrars are.
const (
	oursAddr      = "10.99.0.1:3863"
	referenceAddr = "10.99.0.1:3864"
)

// startOurs starts our registrar.
func startOurs(ctx context.Context, bin string) (*registrar, error) {
	return start(ctx, oursAddr, filepath.Join(bin, "rspregistrar"), "--transport=kernel", "--asap="+oursAddr, "--enrp=10.99.0.1:9901",
		"--asapannounce=off", "--enrpannounce=off", "--loglevel=1")
}

// startReference starts the reference's.
func startReference(ctx context.Context) (*registrar, error) {
	return start(ctx, referenceAddr, "rspregistrar", "-asap="+referenceAddr, "-enrp=10.99.0.1:9902",
		"-asapannounce=off", "-enrpannounce=off")
}

// start starts a registrar. By ip's exec it is this very process.
func start(ctx context.Context, addr, program string, args ...string) (*registrar, error) {
	r := &registrar{addr: addr}
	r.process = exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", "h1", program}, args...)...)
	r.process.Stdout, r.process.Stderr = &r.log, &r.log
	r.process.Cancel = func() error { return r.process.Process.Signal(syscall.SIGINT) }
	r.process.WaitDelay = 10 * time.Second
	if err := r.process.Start(); err != nil {
		return nil, err
	}
	return r, r.awaitPort(ctx)
}

// awaitPort waits until the registrar listens.
func (r *registrar) awaitPort(ctx context.Context) error {
	_, port, _ := strings.Cut(r.addr, ":")
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		endpoints, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/sctp/eps", r.process.Process.Pid))
		if err != nil {
			return fmt.Errorf("%w; the registrar's output: %s", err, &r.log)
		}
		if slices.Contains(strings.Fields(string(endpoints)), port) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("the registrar does not listen at %s; its output: %s", r.addr, &r.log)
}

// cpuTime returns how much processor time the registrar has used.
func (r *registrar) cpuTime() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The second field is in parentheses; utime and stime are the 14th and 15th.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const utime, stime = 14 - 3, 15 - 3
	if len(fields) <= stime {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", r.process.Process.Pid, len(fields))
	}
	var ticks int64
	for _, f := range []string{fields[utime], fields[stime]} {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	const perSecond = 100 // USER_HZ, which is the same everywhere.
	return time.Duration(ticks) * time.Second / perSecond, nil
}

// A load is what rspbench is asked to do.
type load struct {
	name string
	args []string
}

var loads = []load{
	{"resolve, 1 association", []string{"--mode=resolve", "--associations=1"}},
	{"resolve, 16 associations", []string{"--mode=resolve", "--associations=16"}},
	{"resolve, 1 association, 16 requests under way", []string{"--mode=resolve", "--associations=1", "--window=16"}},
	{"register, 4 associations", []string{"--mode=register", "--associations=4"}},
	{"reregister, 4 associations", []string{"--mode=reregister", "--associations=4"}},
}

// A result is what one load on one registrar has brought.
type result struct {
	Operations int     `json:"operations"`
	Rate       float64 `json:"operations_per_second"`
	P99        float64 `json:"p99_us"`
	Errors     int     `json:"errors"`

	cpu time.Duration // Of the registrar, for each operation.
}

// bear has the registrar bear a load.
func (r *registrar) bear(ctx context.Context, bin string, l load, duration time.Duration) (res result, err error) {
	before, err := r.cpuTime()
	if err != nil {
		return res, fmt.Errorf("%w; the registrar's output: %s", err, &r.log)
	}
	args := append([]string{
		"netns", "exec", "h2", filepath.Join(bin, "rspbench"), "--transport=kernel", "--registrar=" + r.addr,
		"--pools=10", "--elements=5", "--duration=" + duration.String(), "--output=json",
	}, l.args...)
	bench := exec.CommandContext(ctx, "ip", args...)
	var stderr bytes.Buffer
	bench.Stderr = &stderr
	out, err := bench.Output()
	if err != nil {
		return res, fmt.Errorf("rspbench: %w: %s", err, &stderr)
	}
	after, err := r.cpuTime()
	if err != nil {
		return res, err
	}
	if err := json.Unmarshal(out, &res); err != nil {
		return res, fmt.Errorf("rspbench: %w: %s", err, out)
	}
	if res.Errors > 0 || res.Operations == 0 {
		return res, fmt.Errorf("rspbench: %s", out)
	}
	res.cpu = (after - before) / time.Duration(res.Operations)
	return res, nil
}
