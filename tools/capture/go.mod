module github.com/rserpool-go/rserpool/tools/capture

go 1.26.0

require (
	github.com/google/gopacket v1.1.19
	github.com/rserpool-go/rserpool/transport v0.0.0
	go.uber.org/goleak v1.3.0
)

require (
	github.com/pion/logging v0.2.4 // indirect
	github.com/pion/randutil v0.1.0 // indirect
	github.com/pion/sctp v1.12.1 // indirect
	github.com/pion/transport/v5 v5.1.4 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/rserpool-go/rserpool/transport => ../../transport
