package capture

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
)

// New returns a network that writes the messages of its endpoints and groups to a file. The file is
// created when the first of them opens, with mode 0600, and is closed with the last of them. An
// existing file is overwritten. If endpoints open again later, the file gets another section.
//
// A slow file never delays an endpoint: up to 4 MiB wait, and further messages are left out. If the
// file cannot be written, the capture ends. The log gets both as warnings; nil means no log.
func New(inner transport.Network, file string, log *slog.Logger) transport.Network {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &network{Network: inner, file: file, log: log}
}

// network implements transport.Network.
type network struct {
	transport.Network
	file string
	log  *slog.Logger

	// opening guards the fields below, and orders the opening and the closing of the file.
	opening  sync.Mutex
	users    int       // open endpoints and groups
	recorder *recorder // nil without users, and after a failure
	created  bool      // by this network
	failed   bool

	mu        sync.Mutex // guards endpoints
	endpoints []*endpoint
}

// Listen implements transport.Network.
func (n *network) Listen(ctx context.Context, config transport.ListenConfig) (transport.Endpoint, error) {
	r, err := n.acquire()
	if err != nil {
		return nil, err
	}
	inner, err := n.Network.Listen(ctx, config)
	if err != nil {
		n.release()
		return nil, err
	}
	e := newEndpoint(inner, n, r)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.endpoints = append(n.endpoints, e)
	return e, nil
}

// Join implements transport.Network.
func (n *network) Join(ctx context.Context, addr netip.AddrPort) (transport.Group, error) {
	r, err := n.acquire()
	if err != nil {
		return nil, err
	}
	inner, err := n.Network.Join(ctx, addr)
	if err != nil {
		n.release()
		return nil, err
	}
	return &group{Group: inner, addr: addr, network: n, recorder: r}, nil
}

// acquire returns the recorder for another user, and opens the file for the first user.
func (n *network) acquire() (*recorder, error) {
	n.opening.Lock()
	defer n.opening.Unlock()
	if n.users == 0 && !n.failed {
		file, size, err := openFile(n.file, n.created)
		if err != nil {
			return nil, err
		}
		n.created = true
		n.recorder = newRecorder(file, size, n.log.With("file", n.file))
	}
	n.users++
	return n.recorder, nil
}

// release closes the file when its last user is gone.
func (n *network) release() {
	n.opening.Lock()
	defer n.opening.Unlock()
	n.users--
	if n.users == 0 && n.recorder != nil {
		n.failed = !n.recorder.close()
		n.recorder = nil
	}
}

// forget removes a closed endpoint.
func (n *network) forget(e *endpoint) {
	n.mu.Lock()
	n.endpoints = slices.DeleteFunc(n.endpoints, func(other *endpoint) bool { return other == e })
	n.mu.Unlock()
	n.release()
}

// isOwn reports whether an address is that of an open endpoint.
func (n *network) isOwn(addr netip.AddrPort) bool {
	n.mu.Lock()
	endpoints := slices.Clone(n.endpoints)
	n.mu.Unlock()
	return slices.ContainsFunc(endpoints, func(e *endpoint) bool { return e.has(addr) })
}
