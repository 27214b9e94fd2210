//go:build !linux || 386

package kernelsctp

import (
	"context"
	"fmt"
	"runtime"

	"github.com/rserpool-go/rserpool/transport"
)

func available() error {
	return fmt.Errorf("%w: no support for %s/%s", ErrUnsupported, runtime.GOOS, runtime.GOARCH)
}

func listen(context.Context, Config, transport.ListenConfig) (transport.Endpoint, error) {
	return nil, available()
}
