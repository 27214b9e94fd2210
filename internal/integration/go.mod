module github.com/rserpool-go/rserpool/internal/integration

go 1.26.0

require (
	github.com/rserpool-go/rserpool/asap v0.0.0
	github.com/rserpool-go/rserpool/registrar v0.0.0
	github.com/rserpool-go/rserpool/tools v0.0.0
	github.com/rserpool-go/rserpool/transport v0.0.0
	github.com/rserpool-go/rserpool/wire v0.0.0
)

require (
	github.com/HdrHistogram/hdrhistogram-go v1.4.0 // indirect
	github.com/fxamacker/cbor/v2 v2.10.0 // indirect
	github.com/ishidawataru/sctp v0.0.0-20251114114122-19ddcbc6aae2 // indirect
	github.com/pion/logging v0.2.4 // indirect
	github.com/pion/randutil v0.1.0 // indirect
	github.com/pion/sctp v1.12.1 // indirect
	github.com/pion/transport/v5 v5.1.4 // indirect
	github.com/rserpool-go/rserpool/apps v0.0.0 // indirect
	github.com/rserpool-go/rserpool/csp v0.0.0 // indirect
	github.com/rserpool-go/rserpool/enrp v0.0.0 // indirect
	github.com/rserpool-go/rserpool/handlespace v0.0.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace (
	github.com/rserpool-go/rserpool/apps => ../../apps
	github.com/rserpool-go/rserpool/asap => ../../asap
	github.com/rserpool-go/rserpool/csp => ../../csp
	github.com/rserpool-go/rserpool/enrp => ../../enrp
	github.com/rserpool-go/rserpool/handlespace => ../../handlespace
	github.com/rserpool-go/rserpool/internal/cli => ../cli
	github.com/rserpool-go/rserpool/registrar => ../../registrar
	github.com/rserpool-go/rserpool/tools => ../../tools
	github.com/rserpool-go/rserpool/tools/capture => ../../tools/capture
	github.com/rserpool-go/rserpool/transport => ../../transport
	github.com/rserpool-go/rserpool/wire => ../../wire
)
