package service

import (
	"context"
	"crypto/sha1" //nolint:gosec // The protocol names environments by SHA-1.
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/work"
	"github.com/rserpool-go/rserpool/apps/scripting"
)

// upload takes the package, and its environment if it has one.
func (j *job) upload(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, j.config.Limits.Time, work.ErrTime)
	defer cancel()
	wanted, err := j.takeInput(ctx)
	if err != nil || wanted == nil {
		return err
	}
	if err := j.takeEnvironment(ctx, *wanted); err != nil {
		return fmt.Errorf("environment: %w", err)
	}
	return nil
}

// takeInput takes the package. It returns the hash of an environment that must follow.
func (j *job) takeInput(ctx context.Context) (wanted *[scripting.HashLen]byte, err error) {
	announced := false
	err = j.takeFile(ctx, j.input, func(m *scripting.Environment) error {
		if announced {
			return errors.New("two environments")
		}
		announced = true
		if j.environment, err = work.NewFile(); err != nil {
			return err
		}
		answer := &scripting.Environment{Hash: m.Hash, UploadNeeded: !j.config.Cache.Get(m.Hash, j.environment)}
		if answer.UploadNeeded {
			wanted = &m.Hash
			if err := j.environment.Truncate(0); err != nil { // The cache may have had a damaged one.
				return err
			}
			if _, err := j.environment.Seek(0, io.SeekStart); err != nil {
				return err
			}
		}
		return j.talk.send(ctx, answer)
	})
	return wanted, err
}

// takeEnvironment takes the environment with a hash into the cache.
func (j *job) takeEnvironment(ctx context.Context, hash [scripting.HashLen]byte) error {
	err := j.takeFile(ctx, j.environment, nil)
	if err != nil {
		return err
	}
	h := sha1.New() //nolint:gosec // See above.
	size, err := io.Copy(h, io.NewSectionReader(j.environment, 0, j.config.Limits.Disk))
	if err != nil {
		return err
	}
	if [scripting.HashLen]byte(h.Sum(nil)) != hash {
		return errors.New("content differs from the announced hash")
	}
	if j.config.Signatures != nil {
		if err := j.talk.during(ctx, 0, 0, j.checkEnvironment); err != nil {
			return err
		}
	}
	return j.config.Cache.Put(hash, io.NewSectionReader(j.environment, 0, size), size)
}

// checkEnvironment checks the signature of the environment, which stays in the file.
func (j *job) checkEnvironment(ctx context.Context) error {
	plain, err := work.NewFile()
	if err != nil {
		return err
	}
	defer plain.Close() //nolint:errcheck // Its content is not needed.
	return j.config.Signatures.Check(ctx, j.environment, plain, j.config.Limits)
}

// takeFile takes the parts of a file up to the empty one. Only parts with data keep the session
// alive. onEnvironment takes the announcement of an environment; nil: it must not come.
func (j *job) takeFile(ctx context.Context, file *os.File, onEnvironment func(*scripting.Environment) error) error {
	left := j.config.Limits.Disk
	timer := time.NewTimer(j.config.TransmitTimeout)
	defer timer.Stop()
	for {
		m, err := j.talk.next(ctx, timer.C)
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *scripting.Upload:
			if len(m.Data) == 0 {
				return nil
			}
			if left -= int64(len(m.Data)); left < 0 {
				return work.ErrDisk
			}
			if _, err := file.Write(m.Data); err != nil {
				return err
			}
			timer.Reset(j.config.TransmitTimeout)
			continue
		case *scripting.Environment:
			if onEnvironment != nil {
				if err := onEnvironment(m); err != nil {
					return err
				}
				continue
			}
		}
		return fmt.Errorf("%v from a pool user at this time", m.Type())
	}
}
