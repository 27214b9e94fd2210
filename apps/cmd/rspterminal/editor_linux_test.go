package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal returns the two sides of a pseudo terminal of 80 columns.
func openTerminal(t *testing.T) (user, program *os.File) {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo terminals:", err)
	}
	t.Cleanup(func() { _ = user.Close() })
	fd := int(user.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 25, Col: 80})
	}
	if err == nil {
		program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return user, program
}

// await reads the screen until it has the text.
func await(t *testing.T, user *os.File, text string) {
	t.Helper()
	var seen strings.Builder
	for b := make([]byte, 1000); !strings.Contains(seen.String(), text); {
		n, err := user.Read(b)
		if err != nil {
			t.Fatalf("no %q: %v, %q", text, err, seen.String())
		}
		seen.Write(b[:n])
	}
}

// TestEditor types at a terminal, with a cursor key, the history, and the end of the input.
func TestEditor(t *testing.T) {
	t.Parallel()
	user, program := openTerminal(t)
	before, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	edit, err := newEditor(program, program, program)
	if err != nil || edit == nil {
		t.Fatalf("got %v, %v", edit, err)
	}
	lines := edit.lines()
	for _, test := range []struct{ keys, want string }{
		{"ac\033[Db\r", "abc"},
		{"\033[A\x01\033[C\x7fx\r", "xbc"}, // the line before, at its beginning, a character is replaced
		{"\r", ""},
		{"\033[200~pasted\r\033[201~", "pasted"},
	} {
		if _, err := io.WriteString(user, test.keys); err != nil {
			t.Fatal(err)
		}
		if got := <-lines; got.text != test.want || got.err != nil {
			t.Errorf("%q: got %q, %v, want %q", test.keys, got.text, got.err, test.want)
		}
	}
	if _, err := io.WriteString(edit, "an answer\n"); err != nil {
		t.Error(err)
	}
	await(t, user, "an answer")
	if _, err := io.WriteString(user, "\x04"); err != nil {
		t.Fatal(err)
	}
	if got, more := <-lines; more {
		t.Errorf("got %q, %v after the end", got.text, got.err)
	}
	edit.close()
	after, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
	if err != nil || *after != *before {
		t.Errorf("settings %+v, %v, before %+v", after, err, before)
	}
}

// TestInterrupt asserts that Control-C interrupts the program, at a terminal that has its former
// settings.
func TestInterrupt(t *testing.T) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	restored := false
	k := &keyboard{strings.NewReader("abc\x03def"), func() { restored = true }}
	keys, err := io.ReadAll(k)
	if string(keys) != "abc" || err != nil || !restored {
		t.Errorf("read %q, %v, restored: %v", keys, err, restored)
	}
	select {
	case <-interrupts:
	case <-time.After(time.Minute):
		t.Error("no interrupt")
	}
}

// TestNoEditor asserts that files and pipes have no editor.
func TestNoEditor(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close() //nolint:errcheck // It was only read.
	if edit, err := newEditor(null, null, null); edit != nil || err != nil {
		t.Errorf("got %v, %v", edit, err)
	}
}
