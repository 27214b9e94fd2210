// Command rspcorpus makes and shows the seeds of the fuzz targets of this repository.
//
//	rspcorpus list --target=asapmsg
//	rspcorpus update
//	FUZZCACHE=/tmp/inputs make fuzz && rspcorpus update --fuzzed=/tmp/inputs
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"slices"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/tools/corpus"
)

const description = `Make and show the seeds of the fuzz targets of this repository. The action list shows the origin of each seed, and as
what it decodes. The action update cuts captures and vectors into seeds, keeps those that add coverage, and measures. The action
measure only measures. Update and measure write tools/corpus/index.cbor and the table in docs/fuzzing.md.`

// program is the command line.
type program struct {
	Action string `arg:"" enum:"list,update,measure" help:"list, update or measure."`

	Root   string `default:"." placeholder:"FOLDER" help:"Root of the repository; the current folder unless given."`
	Target string `placeholder:"PATTERN" help:"Only fuzz targets that the regular expression matches, such as wire/asapmsg. Default: all."`
	Fuzzed string `placeholder:"FOLDER" help:"With update: take inputs that scripts/fuzz has kept in this folder (FUZZCACHE) too, if they add coverage."`
	Output string `short:"o" enum:"text,json" default:"text" help:"With list: text (a line for each seed) or json (an object on a line). Default: ${default}."`

	cli.Common
}

func main() {
	cli.Main("rspcorpus", description, new(program))
}

// Validate checks that options fit the action. Kong calls it.
func (p *program) Validate() error {
	if p.Fuzzed != "" && p.Action != "update" {
		return fmt.Errorf("--fuzzed: only with the action update")
	}
	if p.Output != "text" && p.Action != "list" {
		return fmt.Errorf("--output: only with the action list")
	}
	if _, err := regexp.Compile(p.Target); err != nil {
		return fmt.Errorf("--target: %w", err)
	}
	return nil
}

// Run carries out the action.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	targets := regexp.MustCompile(p.Target) // As Validate has seen.
	if err := p.checkTargets(targets); err != nil {
		return err
	}
	if p.Action != "list" {
		return corpus.Update(ctx, corpus.Config{
			Root: p.Root, Targets: targets, Fuzzed: p.Fuzzed, KeepSeeds: p.Action == "measure", Log: log,
		})
	}
	index, err := corpus.ReadIndex(p.Root)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(cli.Standard(ctx, os.Stdout))
	for _, e := range index.Seeds {
		if !targets.MatchString(e.Target) {
			continue
		}
		if err := p.print(out, e); err != nil {
			return err
		}
	}
	return out.Flush()
}

// checkTargets finds a pattern that no fuzz target matches.
func (p *program) checkTargets(pattern *regexp.Regexp) error {
	if p.Target == "" {
		return nil
	}
	targets, err := corpus.Targets(p.Root)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(targets, func(t corpus.Target) bool { return pattern.MatchString(t.String()) }) {
		return &cli.UsageError{Err: fmt.Errorf("--target: no fuzz target matches %s", p.Target)}
	}
	return nil
}

// print writes an entry of the index.
func (p *program) print(w io.Writer, e corpus.Entry) error {
	if p.Output == "json" {
		return json.NewEncoder(w).Encode(map[string]any{
			"target": e.Target, "seed": e.Name, "file": e.Origin.File, "packet": e.Origin.Packet,
			"layer": e.Origin.Layer, "part": e.Origin.Part, "decodes": e.Decodes,
		})
	}
	_, err := fmt.Fprintf(w, "%s/%s: %s: %v\n", e.Target, e.Name, e.Decodes, e.Origin)
	return err
}
