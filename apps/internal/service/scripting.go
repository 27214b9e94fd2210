package service

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/envcache"
	"github.com/rserpool-go/rserpool/apps/internal/work"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// ScriptingConfig configures the service that runs work packages of its users.
type ScriptingConfig struct {
	// MaxSessions is the number of packages at a time.
	MaxSessions int
	// TransmitTimeout is the time for a part of an upload, or for a message to be sent.
	TransmitTimeout time.Duration
	// KeepAliveInterval is the time between keep-alives while a package runs, and KeepAliveTimeout is
	// the time for their acknowledgement.
	KeepAliveInterval, KeepAliveTimeout time.Duration
	// Cache has the environments. The service closes it.
	Cache *envcache.Cache
	// User runs the packages. Nil: the user of the server.
	User *work.User
	// Signatures must be on packages and environments. Nil: they need none.
	Signatures *work.Signatures
	// Limits bound a package. Its upload has the limits of time and disk, too, and so has that of the
	// environment.
	Limits work.Limits
	// KeepFolders leaves the working directories on the disk.
	KeepFolders bool
	// Verbose prints the output of packages.
	Verbose bool
}

// Scripting returns the service that runs work packages. It runs code of strangers: the
// configuration says with which limits.
func Scripting(c ScriptingConfig) *Service {
	share := 1 / float64(c.MaxSessions)
	host, _ := os.Hostname() // Without a name the text is empty.
	host = host[:min(len(host), scripting.MaxInfoLen)]
	return &Service{
		Title:       "Scripting",
		Pool:        scripting.PoolHandle,
		Policy:      wire.Policy{Type: wire.LeastUsedDegradation, LoadDegradation: uint32(share * math.MaxUint32)},
		MaxSessions: c.MaxSessions,
		Close:       c.Cache.Close,
		Serve: func(ctx context.Context, s *Session) error {
			s.SetLoad(share)
			return servePackage(ctx, s, &c, host)
		},
		Refuse: func(ctx context.Context, s *Session) error {
			return sendScripting(ctx, s, c.TransmitTimeout, &scripting.NotReady{Reason: scripting.ReasonFullyLoaded, Info: host})
		},
	}
}

// job is a session with a package.
type job struct {
	*Session
	config      *ScriptingConfig
	folder      *work.Folder
	input       *os.File // the package
	environment *os.File // nil: there is none
	talk        *talk
}

// servePackage takes a package, runs it, and sends its result.
func servePackage(ctx context.Context, s *Session, c *ScriptingConfig, host string) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	j := &job{Session: s, config: c, talk: newTalk(s, c.TransmitTimeout)}
	defer j.talk.wait()
	defer cancel()
	defer func() { err = errors.Join(err, j.close()) }()
	if err := j.open(); err != nil {
		s.Printf("out of resources: %v", err)
		return j.talk.send(ctx, &scripting.NotReady{Reason: scripting.ReasonOutOfResources, Info: host})
	}
	if err := j.talk.send(ctx, &scripting.Ready{Info: host}); err != nil {
		return err
	}
	j.talk.listen(ctx)
	if err := j.upload(ctx); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	if err := j.talk.send(ctx, &scripting.Status{}); err != nil {
		return err
	}
	status, err := j.run(ctx)
	if err != nil {
		return err
	}
	if err := j.talk.send(ctx, &scripting.Status{Status: status}); err != nil {
		return err
	}
	return j.talk.during(ctx, 0, 0, j.download)
}

// open gets the folder and the files of the job.
func (j *job) open() (err error) {
	if j.folder, err = work.NewFolder(j.config.User); err != nil {
		return err
	}
	j.input, err = work.NewFile()
	return err
}

func (j *job) close() error {
	for _, f := range []*os.File{j.input, j.environment} {
		if f != nil {
			_ = f.Close() // It has no name, and is not needed any more.
		}
	}
	if j.folder == nil {
		return nil
	}
	return j.folder.Close(j.config.KeepFolders)
}

// sendScripting sends a message within a time.
func sendScripting(ctx context.Context, s *Session, timeout time.Duration, m scripting.Message) error {
	data, err := m.AppendBinary(nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errSlowUser)
	defer cancel()
	if err := s.Send(ctx, asap.Message{PPID: scripting.PPID, Data: data}); err != nil {
		if context.Cause(ctx) == errSlowUser { //nolint:errorlint // It is never wrapped.
			return errSlowUser
		}
		return err
	}
	return nil
}

// errSlowUser is the error of a user that does not send or read for too long.
var errSlowUser = errors.New("user is too slow")
