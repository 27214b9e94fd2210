package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rserpool-go/rserpool/apps/internal/picture"
)

// save writes a picture to a file. The file appears when it is complete, in place of a former file.
func save(v *picture.View, name string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	out := bufio.NewWriter(f)
	err = v.WritePNG(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}

// numbered returns the name of a file in a series of pictures.
func numbered(prefix string, number int) string { return fmt.Sprintf("%s%06d.png", prefix, number) }
