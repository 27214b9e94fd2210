// Release tags every module of go.work with one version. On main the modules find each other by replace lines; go install
// refuses a module that has any, so the tagged commit, which is on no branch, drops them and requires the siblings at
// the version being released, with their checksums.
//
// Before a tag is made, each module is built and each program installed as a user would, from a file proxy that serves
// the new commit. Nothing is pushed: the command for that is printed.
//
// Usage: release [--dry-run] vX.Y.Z
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/semver"
)

func main() {
	dryRun := flag.Bool("dry-run", false, "build and check the release of HEAD, but keep no commit and no tag")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: release [--dry-run] vX.Y.Z")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r := release{version: flag.Arg(0), dryRun: *dryRun, out: os.Stdout}
	if err := r.run(ctx, "."); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// A release is a run of the program.
type release struct {
	version string
	dryRun  bool
	out     io.Writer

	root    string // of the repository
	tree    string // a checkout of its own, in which the commit is prepared
	proxy   string // GOPROXY directory with the new modules
	modules []*module
}

// run releases the repository that contains dir.
func (r *release) run(ctx context.Context, dir string) (err error) {
	if major := semver.Major(r.version); semver.Canonical(r.version) != r.version || major != "v0" && major != "v1" {
		return fmt.Errorf("%q is not a version v0.Y.Z or v1.Y.Z", r.version)
	}
	if r.root, err = command(ctx, dir, nil, "git", "rev-parse", "--show-toplevel"); err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	r.tree, r.proxy = filepath.Join(temp, "tree"), filepath.Join(temp, "proxy")
	if _, err := command(ctx, r.root, nil, "git", "worktree", "add", "--detach", r.tree, "HEAD"); err != nil {
		return err
	}
	defer func() {
		// Without the caller's ctx: the worktree goes even after an interrupt.
		_, e := command(context.WithoutCancel(ctx), r.root, nil, "git", "worktree", "remove", "--force", r.tree)
		err = errors.Join(err, e)
	}()

	if r.modules, err = loadModules(r.tree); err != nil {
		return err
	}
	if err := r.checkReady(ctx); err != nil {
		return err
	}
	commit, err := r.prepare(ctx)
	if err != nil {
		return err
	}
	if err := r.verify(ctx, temp); err != nil {
		return err
	}
	return r.tag(ctx, commit)
}

// checkReady reports what stands against a release: an existing tag, and unless this is a dry run, uncommitted changes
// and a changelog that does not know the version.
func (r *release) checkReady(ctx context.Context) error {
	for _, m := range r.modules {
		tag, err := command(ctx, r.root, nil, "git", "tag", "--list", m.tag(r.version))
		if err != nil {
			return err
		}
		if tag != "" {
			return fmt.Errorf("tag %s exists", tag)
		}
	}
	if r.dryRun {
		return nil
	}
	changes, err := command(ctx, r.root, nil, "git", "status", "--porcelain")
	if err != nil {
		return err
	}
	if changes != "" {
		return fmt.Errorf("uncommitted changes:\n%s", changes)
	}
	changelog, err := os.ReadFile(filepath.Join(r.tree, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	number := regexp.QuoteMeta(strings.TrimPrefix(r.version, "v"))
	if !regexp.MustCompile(`(?m)^## ` + number + `\b`).Match(changelog) {
		return fmt.Errorf("CHANGELOG.md has no heading for %s", r.version)
	}
	return nil
}

// tag tags the commit once per module, in dependency order.
func (r *release) tag(ctx context.Context, commit string) error {
	push := []string{"git", "push", "origin"}
	for _, m := range r.modules {
		name := m.tag(r.version)
		push = append(push, name)
		if r.dryRun {
			fmt.Fprintln(r.out, "would tag", name)
			continue
		}
		if _, err := command(ctx, r.root, nil, "git", "tag", "-a", "-m", name, name, commit); err != nil {
			return err
		}
		fmt.Fprintln(r.out, "tagged", name)
	}
	if !r.dryRun {
		fmt.Fprintln(r.out, "to publish:", strings.Join(push, " "))
	}
	return nil
}
