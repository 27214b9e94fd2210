package work

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// maxStatus bounds the status lines of GnuPG, in octets.
const maxStatus = 64 << 10

// Check checks a signed file from its beginning, and writes its text to plain. GnuPG runs with the
// limits of a package, since it reads what a stranger has sent.
func (s *Signatures) Check(ctx context.Context, signed, plain *os.File, limits Limits) (err error) {
	home, err := os.MkdirTemp("", "rspSS-GnuPG-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	// GnuPG brings its trust database up to date before it uses it: that is for a copy.
	trust, err := os.ReadFile(s.TrustDB)
	if err == nil {
		err = os.WriteFile(filepath.Join(home, "trustdb.gpg"), trust, 0o600)
	}
	if err != nil {
		return err
	}
	lines, err := NewFile()
	if err != nil {
		return err
	}
	defer lines.Close() //nolint:errcheck // Its content has been read.
	if _, err := signed.Seek(0, io.SeekStart); err != nil {
		return err
	}
	c := &child{limits: limits, folder: home, cmd: exec.Command(s.gpg,
		"--batch", "--no-tty", "--no-options", "--homedir", home, "--no-default-keyring", "--keyring", s.Keyring,
		"--lock-never", "--no-autostart", "--status-fd", "3", "--decrypt")}
	c.cmd.Env = []string{"LANG=C", "HOME=" + home, "TMPDIR=" + home}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.ExtraFiles = signed, plain, []*os.File{lines}
	code, err := c.run(ctx)
	if err != nil {
		return fmt.Errorf("gpg: %w", err)
	}
	if code != 0 {
		return errUnsigned
	}
	text, err := io.ReadAll(io.NewSectionReader(lines, 0, maxStatus))
	if err != nil {
		return err
	}
	return checkStatus(string(text))
}
