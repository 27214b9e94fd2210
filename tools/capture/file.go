package capture

import (
	"io"
	"os"
)

// A target is the file of a capture.
type target interface {
	io.WriteCloser
	// Truncate cuts the file after so many octets. It fails where that is impossible.
	Truncate(size int64) error
}

// mode makes a capture readable for its user only: it has all messages of the program.
const mode = 0o600

// openFile creates or overwrites the file, or opens it to append another section, and returns its size.
// To open a named pipe for writing alone would wait for a reader, so the pipe is opened for both.
func openFile(path string, again bool) (file *os.File, size int64, err error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if again {
		flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		flags = os.O_RDWR
	}
	file, err = os.OpenFile(path, flags, mode)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm() != mode {
		err = file.Chmod(mode)
	}
	if err != nil {
		_ = file.Close() // The first error counts.
		return nil, 0, err
	}
	return file, info.Size(), nil
}
