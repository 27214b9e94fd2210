module github.com/rserpool-go/rserpool/tools

go 1.26.0

require (
	github.com/HdrHistogram/hdrhistogram-go v1.4.0
	github.com/fxamacker/cbor/v2 v2.10.0
	github.com/google/gopacket v1.1.19
	github.com/rserpool-go/rserpool/apps v0.0.0
	github.com/rserpool-go/rserpool/csp v0.0.0
	github.com/rserpool-go/rserpool/internal/cli v0.0.0
	github.com/rserpool-go/rserpool/tools/capture v0.0.0
	github.com/rserpool-go/rserpool/transport v0.0.0
	github.com/rserpool-go/rserpool/wire v0.0.0
	golang.org/x/sync v0.24.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/alecthomas/kong v1.17.0 // indirect
	github.com/ishidawataru/sctp v0.0.0-20251114114122-19ddcbc6aae2 // indirect
	github.com/lmittmann/tint v1.2.1 // indirect
	github.com/pion/logging v0.2.4 // indirect
	github.com/pion/randutil v0.1.0 // indirect
	github.com/pion/sctp v1.12.1 // indirect
	github.com/pion/transport/v5 v5.1.4 // indirect
	github.com/rogpeppe/go-internal v1.16.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/term v0.47.0 // indirect
	golang.org/x/tools v0.26.0 // indirect
)

replace (
	github.com/rserpool-go/rserpool/apps => ../apps
	github.com/rserpool-go/rserpool/csp => ../csp
	github.com/rserpool-go/rserpool/internal/cli => ../internal/cli
	github.com/rserpool-go/rserpool/tools/capture => ./capture
	github.com/rserpool-go/rserpool/transport => ../transport
	github.com/rserpool-go/rserpool/wire => ../wire
)
