// Command attackrun carries out all attacks of package attack on rspregistrar and rspserver, and writes docs/attacks.md.
// It runs in the top folder of the repository.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack"
	"github.com/rserpool-go/rserpool/internal/attack/stage"
	"github.com/rserpool-go/rserpool/internal/attack/trial"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type program struct {
	Attacks  []string `placeholder:"NAME" help:"Only these attacks; docs/attacks.md stays as it is."`
	Programs string   `placeholder:"DIR" help:"Folder with rspregistrar and rspserver. Default: the programs are built from this repository."`
	Label    string   `placeholder:"TEXT" help:"Version of the programs, for the table. Default: the commit of this repository, or the version that rspregistrar of --programs prints."`
	Save     string   `placeholder:"FILE" help:"Write the results to this file, as the figures before, instead of docs/attacks.md. With --attacks, results of other attacks stay in the file."`
	Before   string   `default:"internal/attack/testdata/before.json" placeholder:"FILE" help:"File of --save with the figures before. Default: ${default}."`
	Document string   `default:"docs/attacks.md" placeholder:"FILE" help:"The table. Default: ${default}."`
	Keep     string   `placeholder:"DIR" help:"Keep the logs of all programs in this folder."`
	cli.Common
}

func main() {
	cli.Main("attackrun", "Carries out attacks on rspregistrar and rspserver in network namespaces. Needs root.", new(program))
}

// DefaultLogLevel logs errors only, because the results are printed.
func (*program) DefaultLogLevel() int { return 1 }

// Validate checks the names of attacks. Kong calls it.
func (p *program) Validate() error {
	for _, name := range p.Attacks {
		if _, ok := attack.Find(name); !ok {
			return fmt.Errorf("--attacks: no attack is called %q", name)
		}
	}
	return nil
}

// Run carries out the attacks.
func (p *program) Run(ctx context.Context, _ *slog.Logger) (err error) {
	temp, err := os.MkdirTemp("", "attack")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	hosts, err := stage.NewHosts(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hosts.Close()) }()
	config := trial.Config{Hosts: hosts, Programs: p.Programs, Tools: filepath.Join(temp, "tools"), Dir: filepath.Join(temp, "logs")}
	if p.Keep != "" {
		config.Dir = p.Keep
	}
	if err := p.build(ctx, &config, temp); err != nil {
		return err
	}
	series := trial.Series{Programs: p.label(ctx, config.Programs), Time: time.Now().UTC().Truncate(time.Second), Machine: machine()}
	if err := p.attackAll(ctx, config, &series); err != nil {
		return err
	}
	return errors.Join(p.write(&series), p.verdict(&series))
}

// attackAll carries out the attacks. It fails if one of them could not be carried out, after all others.
func (p *program) attackAll(ctx context.Context, config trial.Config, series *trial.Series) error {
	broken := 0
	for _, a := range p.choose() {
		r, err := trial.Run(ctx, config, a)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			broken++
			fmt.Printf("BROKEN %s: %v\n", a.Name, err)
			continue
		}
		fmt.Println(r)
		series.Results = append(series.Results, r)
	}
	if broken > 0 {
		return fmt.Errorf("%s could not be carried out", cli.Count(broken, "attack"))
	}
	return nil
}

// verdict fails if a limit is exceeded. The figures before are those of programs that are known to fail.
func (p *program) verdict(series *trial.Series) error {
	exceeded := 0
	for _, r := range series.Results {
		if len(r.Failures) > 0 {
			exceeded++
		}
	}
	if exceeded > 0 && p.Save == "" {
		return fmt.Errorf("limits are exceeded by %s", cli.Count(exceeded, "attack"))
	}
	return nil
}

// choose returns the attacks of the run.
func (p *program) choose() (list []attack.Attack) {
	if len(p.Attacks) == 0 {
		return attack.Table()
	}
	for _, name := range p.Attacks {
		a, _ := attack.Find(name)
		list = append(list, a)
	}
	return list
}

// build builds the tools, and the programs unless there is a folder of them.
func (p *program) build(ctx context.Context, config *trial.Config, temp string) error {
	goBuild := func(dir string, packages ...string) error {
		cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-o", dir + "/"}, packages...)...)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		return cmd.Run()
	}
	err := goBuild(config.Tools, "./internal/attack/cmd/attack", "./internal/attack/cmd/goodclient")
	if err != nil || p.Programs != "" {
		return err
	}
	config.Programs = filepath.Join(temp, "programs")
	return goBuild(config.Programs, "./registrar/cmd/rspregistrar", "./apps/cmd/rspserver")
}

// write writes the results. Those of some attacks replace earlier results in the file of --save.
func (p *program) write(series *trial.Series) error {
	switch {
	case p.Save != "" && len(p.Attacks) > 0:
		all, err := trial.ReadSeries(p.Save)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		all = all.Replace(*series)
		return all.Save(p.Save)
	case p.Save != "":
		return series.Save(p.Save)
	case len(p.Attacks) > 0:
		return nil
	}
	before, err := trial.ReadSeries(p.Before)
	if err != nil {
		return err
	}
	return trial.WriteDocument(p.Document, &before, series)
}

// label returns the name of the programs' version.
func (p *program) label(ctx context.Context, programs string) string {
	if p.Label != "" {
		return p.Label
	}
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "rspregistrar"), "--version")
	if p.Programs == "" {
		cmd = exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--exclude=*")
	}
	out, err := cmd.Output()
	if err != nil {
		return "an unknown version"
	}
	return strings.TrimSpace(string(out))
}

// machine describes the machine.
func machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %s", cli.Count(runtime.NumCPU(), "processor"), model)
}
