package onetomany

import (
	"errors"
	"syscall"
)

// attemptsAtAnyPort bounds the calls of bind where any port will do.
const attemptsAtAnyPort = 32

// Bind calls bind, which binds all sockets of an endpoint to the same port. Port 0 means
// any port. Such a port may be free for the first socket and taken for the next socket.
// Bind therefore calls bind again after EADDRINUSE, up to 32 times in all.
func Bind[T any](port uint16, bind func() (T, error)) (T, error) {
	attempts := 1
	if port == 0 {
		attempts = attemptsAtAnyPort
	}
	var v T
	var err error
	for range attempts {
		if v, err = bind(); !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return v, err
}
