package interop

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// on runs a command on a host and returns its output, whatever its status.
func on(host int, args ...string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", fmt.Sprintf("h%d", host)}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+os.TempDir())
	out, _ := cmd.CombinedOutput()
	return string(out)
}

// fileOf returns a file as a host has it.
func fileOf(host int, path string) string { return on(host, "cat", path) }
