//go:build !linux

package work

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

const outputFlags = 0

// Prepare fails: the limits of packages need Linux.
func Prepare() error { return fmt.Errorf("work packages need Linux: %w", errors.ErrUnsupported) }

// Run fails, as Prepare does.
func (*Folder) Run(context.Context, Limits, io.Writer, ...string) (int, error) { return 0, Prepare() }

// Check fails, as Prepare does.
func (*Signatures) Check(context.Context, *os.File, *os.File, Limits) error { return Prepare() }

func checkOutput(fs.FileInfo, *User) error { return Prepare() }

func onDisk(info fs.FileInfo) int64 { return info.Size() }
