package main

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
)

// someRun has numbers as testdata/scalars.txt, the file of Debian's rspregistrar.
var someRun = registrar.Stats{
	ASAP: registrar.ASAPCounts{Registrations: 14, Reregistrations: 11, Deregistrations: 1, Resolutions: 2, KeepAlives: 14},
	ENRP: registrar.ENRPCounts{TableRequests: 1, Updates: 15},
	Averages: registrar.Averages{
		Over: time.Minute, Pools: 1.087520, Elements: 1.356334, OwnedElements: 0.667823, Peers: 1.174231,
	},
}

func TestScalars(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	name := filepath.Join(folder, "registrar.sca")
	if err := os.WriteFile(name, []byte("of an earlier run"), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := scalarFlags{File: name, Object: "obj1"}
	s, err := flags.open()
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "of an earlier run" {
		t.Errorf("at the start it has %q, error %v", text, err)
	}
	var h history
	h.add(&someRun)
	if err := s.write(&h); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/scalars.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, error %v", files, err)
	}
}

func TestScalarsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "folder")
	flags := scalarFlags{File: filepath.Join(folder, "registrar.sca"), Object: "registrar"}
	if _, err := flags.open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("at the start: %v", err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := flags.open()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err) // If something was left in it.
	}
	r := records{scalars: s}
	if err := r.close(); err != nil {
		t.Errorf("of a registrar that was never up: %v", err)
	}
	r.addRun(someRun)
	if err := r.close(); !errors.Is(err, os.ErrNotExist) || !regexp.MustCompile("^scalars not written: ").MatchString(err.Error()) {
		t.Errorf("at the end: %v", err)
	}
	if _, err := (&scalarFlags{File: t.TempDir()}).open(); err == nil {
		t.Error("a folder is taken")
	}
}

// What is no regular file is written, and not replaced.
func TestScalarsInADevice(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "null")
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Fatal(err)
	}
	s, err := (&scalarFlags{File: link}).open()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.write(&history{over: 1}); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(link); err != nil || info.Mode().IsRegular() {
		t.Errorf("it is now %v, error %v", info.Mode(), err)
	}
}

// Totals of runs add up, and averages count as long as they were measured.
func TestHistory(t *testing.T) {
	t.Parallel()
	var h history
	h.add(&registrar.Stats{})
	h.add(&someRun)
	h.add(&registrar.Stats{ASAP: registrar.ASAPCounts{Registrations: 3}, Averages: registrar.Averages{Over: 2 * time.Minute, Pools: 4}})
	if h.totals[0] != 17 || h.over != 3*time.Minute {
		t.Errorf("%+v", h)
	}
	if want := (1.087520 + 2*4) / 3; math.Abs(h.averages[0]-want) > 1e-9 {
		t.Errorf("%v pools, want %v", h.averages[0], want)
	}
}
