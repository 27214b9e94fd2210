module github.com/rserpool-go/rserpool/internal/cli

go 1.26.0

require (
	github.com/alecthomas/kong v1.17.0
	github.com/lmittmann/tint v1.2.1
	github.com/rogpeppe/go-internal v1.16.0
	github.com/rserpool-go/rserpool/transport v0.0.0
	golang.org/x/term v0.47.0
)

require (
	github.com/google/gopacket v1.1.19 // indirect
	github.com/ishidawataru/sctp v0.0.0-20251114114122-19ddcbc6aae2 // indirect
	github.com/pion/logging v0.2.4 // indirect
	github.com/pion/randutil v0.1.0 // indirect
	github.com/pion/sctp v1.12.1 // indirect
	github.com/pion/transport/v5 v5.1.4 // indirect
	github.com/rserpool-go/rserpool/csp v0.0.0
	github.com/rserpool-go/rserpool/tools/capture v0.0.0
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/tools v0.26.0 // indirect
)

replace github.com/rserpool-go/rserpool/transport => ../../transport

replace github.com/rserpool-go/rserpool/csp => ../../csp

replace github.com/rserpool-go/rserpool/tools/capture => ../../tools/capture
