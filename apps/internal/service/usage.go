package service

import (
	"sync/atomic"

	"github.com/rserpool-go/rserpool/wire"
)

// A Usage shows how much a service is used. Its methods may be called by several
// goroutines.
type Usage struct {
	sessions atomic.Int64
	load     atomic.Int64
}

// Sessions returns the number of sessions that are being served.
func (u *Usage) Sessions() int { return int(u.sessions.Load()) }

// Load returns the load, from 0 to 1.
func (u *Usage) Load() float64 { return float64(u.load.Load()) / wire.FullLoad }
