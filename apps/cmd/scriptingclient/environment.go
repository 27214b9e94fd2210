package main

import (
	"crypto/sha1" //nolint:gosec // The protocol names environments by SHA-1.
	"fmt"
	"io"
	"os"

	"github.com/rserpool-go/rserpool/apps/scripting"
)

// An environment is the file that packages have in common.
type environment struct {
	path string
	size int64
	hash [scripting.HashLen]byte
}

// openEnvironment reads an environment to learn its hash. It returns nil for an empty path.
func openEnvironment(path string) (*environment, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // It is only read.
	h := sha1.New() //nolint:gosec // See above.
	n, err := io.Copy(h, f)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fmt.Errorf("environment %s: empty", path)
	}
	return &environment{path, n, [scripting.HashLen]byte(h.Sum(nil))}, nil
}
