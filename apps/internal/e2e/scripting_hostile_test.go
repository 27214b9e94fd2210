package e2e

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/asap"
)

// scriptingElement is the element's side of a session that keeps to no protocol.
type scriptingElement struct {
	*asap.Session
	ctx context.Context
}

// say sends messages until one cannot be sent.
func (e scriptingElement) say(all ...scripting.Message) error {
	for _, m := range all {
		data, err := m.AppendBinary(nil)
		if err == nil {
			err = e.Send(e.ctx, asap.Message{PPID: scripting.PPID, Data: data})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takeUpload waits for the end of an upload.
func (e scriptingElement) takeUpload() error {
	for m, err := range e.Messages(e.ctx) {
		if err != nil {
			return err
		}
		if message, err := scripting.Parse(m.Data); err != nil {
			return err
		} else if part, ok := message.(*scripting.Upload); ok && len(part.Data) == 0 {
			return nil
		}
	}
	return nil
}

// wait reads until the user leaves.
func (e scriptingElement) wait() error {
	for _, err := range e.Messages(e.ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestHostileScripting has a client meet elements that break the protocol, and elements of RSPLIB's
// habits: faults 22, 24 and 29 of docs/coming-from-rsplib.md.
func TestHostileScripting(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.registrar()
	habits := make(chan func(scriptingElement) error, 1)
	stop := site.serve(scripting.PoolHandle, func(ctx context.Context, s *asap.Session) error { return (<-habits)(scriptingElement{s, ctx}) })
	folder := t.TempDir()
	input := filepath.Join(folder, "package")
	writePackage(t, input, "exit 0\n")
	for name, test := range hostileHabits() {
		output := filepath.Join(folder, name)
		habits <- test.habit
		client := site.scriptingClient(input, output, "-maxfailovers=1", "-transmittimeout=1000", "-keepaliveinterval=100", "-keepalivetimeout=1000", "-maxresult=1")
		if test.failure == "" {
			client.expect(`: result of 4 octets from element `)
			client.expectEnd(0)
			expectContent(t, output, "done")
			continue
		}
		client.expect(` package: failed: .*` + test.failure)
		client.expectEnd(1)
	}
	if files, err := filepath.Glob(filepath.Join(folder, ".*")); err != nil || len(files) > 0 {
		t.Errorf("%v, parts of results: %q", err, files)
	}
	stop()
}

type hostileHabit struct {
	failure string // in the text of the client; empty: it has its result
	habit   func(scriptingElement) error
}

func hostileHabits() map[string]hostileHabit {
	ready := &scripting.Ready{Info: "\x1b[2J"} // A terminal would clear its screen.
	accept := func(e scriptingElement) error {
		if err := e.say(ready); err != nil {
			return err
		}
		if err := e.takeUpload(); err != nil {
			return err
		}
		return e.say(&scripting.Status{})
	}
	after := func(all ...scripting.Message) func(scriptingElement) error {
		return func(e scriptingElement) error {
			if err := accept(e); err != nil {
				return err
			}
			if err := e.say(all...); err != nil {
				return err
			}
			return e.wait()
		}
	}
	only := func(all ...scripting.Message) func(scriptingElement) error {
		return func(e scriptingElement) error {
			if err := e.say(all...); err != nil {
				return err
			}
			return e.wait()
		}
	}
	ack := &scripting.KeepAliveAck{}
	return map[string]hostileHabit{
		"first status": {"upload: refused with status 5", func(e scriptingElement) error {
			if err := e.say(ready); err != nil {
				return err
			}
			if err := e.takeUpload(); err != nil {
				return err
			}
			return only(&scripting.Status{Status: 5})(e)
		}},
		"keep-alives at any time": {"", func(e scriptingElement) error {
			if err := e.say(&scripting.KeepAlive{}, ack); err != nil {
				return err
			}
			if err := accept(e); err != nil {
				return err
			}
			if err := e.say(&scripting.KeepAliveAck{HasStatus: true}, &scripting.KeepAlive{}, &scripting.Status{}, ack,
				&scripting.Download{Data: []byte("done")}, &scripting.KeepAlive{}, ack, &scripting.Download{}); err != nil {
				return err
			}
			return e.wait()
		}},
		"silence":              {"server does not answer in time", only()},
		"silence while upload": {"upload: the server does not answer in time", func(e scriptingElement) error { return only(ready)(e) }},
		"no acknowledgement":   {"server does not answer in time", after()},
		"no result":            {"download: the server does not answer in time", after(&scripting.Status{})},
		"environment":          {"upload: unexpected SSP_ENVIRONMENT", only(ready, &scripting.Environment{})},
		"result first":         {"unexpected SSP_DOWNLOAD", after(&scripting.Download{Data: []byte("x")})},
		"end":                  {"the server is gone|the server has ended the session", func(scriptingElement) error { return nil }},
		"rubbish": {"malformed message", func(e scriptingElement) error {
			return e.Send(e.ctx, asap.Message{PPID: scripting.PPID, Data: []byte("rubbish")})
		}},
		"endless result": {"result is larger than --maxresult", func(e scriptingElement) error {
			if err := accept(e); err != nil {
				return err
			}
			if err := e.say(&scripting.Status{}); err != nil {
				return err
			}
			for {
				if err := e.say(&scripting.Download{Data: make([]byte, scripting.MaxDataLen)}); err != nil {
					return err
				}
			}
		}},
	}
}
