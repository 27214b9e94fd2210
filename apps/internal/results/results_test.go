package results

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFiles writes the files in two lives of a program. The forms are those of RSPLIB 3.4.4.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := &Files{Vector: filepath.Join(dir, "v"), Scalar: filepath.Join(dir, "s"), Object: "scenario.x[0]", Header: "ObjectName PID Time"}
	if err := os.WriteFile(f.Vector, []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for life := range 2 {
		if err := f.Open(); err != nil {
			t.Fatal(err)
		}
		f.Row("%s", Seconds(time.Duration(life)*1500*time.Millisecond))
		f.Row("%s", Stamp(time.Unix(1796019252, 407805999)))
		if err := f.Close([]Scalar{{"CalcAppPE Service Uptime", "4.015048"}, {"CalcAppPE Total Wasted Capacity", fmt.Sprint(life)}}); err != nil {
			t.Fatal(err)
		}
	}
	pid := os.Getpid()
	for name, want := range map[string]string{
		f.Vector: fmt.Sprintf("ObjectName PID Time\n000001 scenario.x[0] %d 0.000000\n000002 scenario.x[0] %d 1796019252.407805\n"+
			"000003 scenario.x[0] %d 1.500000\n000004 scenario.x[0] %d 1796019252.407805\n", pid, pid, pid, pid),
		f.Scalar: "run 1 \"scenario\"\n" +
			"scalar \"scenario.x[0]\" \"CalcAppPE Service Uptime\"        4.015048\nscalar \"scenario.x[0]\" \"CalcAppPE Total Wasted Capacity\" 0\n" +
			"scalar \"scenario.x[0]\" \"CalcAppPE Service Uptime\"        4.015048\nscalar \"scenario.x[0]\" \"CalcAppPE Total Wasted Capacity\" 1\n",
	} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%v\n%s\nwant\n%s", err, got, want)
		}
	}
}

// TestNoFile asserts that a file that cannot be written is an error (fault 19 of
// docs/coming-from-rsplib.md).
func TestNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, f := range []*Files{
		{Vector: filepath.Join(dir, "missing", "v"), Scalar: filepath.Join(dir, "s")},
		{Vector: filepath.Join(dir, "v"), Scalar: filepath.Join(dir, "missing", "s")},
	} {
		if err := f.Open(); err == nil || !strings.Contains(err.Error(), "missing") {
			t.Errorf("%v", err)
		}
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	f := &Files{Vector: "/dev/full", Scalar: filepath.Join(dir, "s"), Object: "x"}
	if err := f.Open(); err != nil {
		t.Fatal(err)
	}
	f.Row("1")
	if err := f.Close(nil); err == nil || !strings.Contains(err.Error(), "/dev/full: ") {
		t.Errorf("full device: %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for object, ok := range map[string]bool{"scenario.x[0]": true, "": false, "a b": false, "a\"b": false, "a\nb": false} {
		if err := Check("object", object); (err == nil) != ok {
			t.Errorf("%q: %v", object, err)
		}
	}
}
