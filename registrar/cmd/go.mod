module github.com/rserpool-go/rserpool/registrar/cmd

go 1.26.0

require (
	github.com/prometheus/client_golang v1.25.0
	github.com/rserpool-go/rserpool/asap v0.0.0
	github.com/rserpool-go/rserpool/csp v0.0.0
	github.com/rserpool-go/rserpool/internal/cli v0.0.0
	github.com/rserpool-go/rserpool/registrar v0.0.0
	github.com/rserpool-go/rserpool/transport v0.0.0
	github.com/rserpool-go/rserpool/wire v0.0.0
	golang.org/x/net v0.62.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/alecthomas/kong v1.17.0 // indirect
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/google/gopacket v1.1.19 // indirect
	github.com/ishidawataru/sctp v0.0.0-20251114114122-19ddcbc6aae2 // indirect
	github.com/lmittmann/tint v1.2.1 // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/pion/logging v0.2.4 // indirect
	github.com/pion/randutil v0.1.0 // indirect
	github.com/pion/sctp v1.12.1 // indirect
	github.com/pion/transport/v5 v5.1.4 // indirect
	github.com/prometheus/client_model v0.6.3 // indirect
	github.com/prometheus/common v0.72.0 // indirect
	github.com/prometheus/procfs v0.22.0 // indirect
	github.com/rogpeppe/go-internal v1.16.0 // indirect
	github.com/rserpool-go/rserpool/enrp v0.0.0 // indirect
	github.com/rserpool-go/rserpool/handlespace v0.0.0 // indirect
	github.com/rserpool-go/rserpool/tools/capture v0.0.0 // indirect
	golang.org/x/term v0.47.0 // indirect
	golang.org/x/tools v0.26.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace (
	github.com/rserpool-go/rserpool/asap => ../../asap
	github.com/rserpool-go/rserpool/csp => ../../csp
	github.com/rserpool-go/rserpool/enrp => ../../enrp
	github.com/rserpool-go/rserpool/handlespace => ../../handlespace
	github.com/rserpool-go/rserpool/internal/cli => ../../internal/cli
	github.com/rserpool-go/rserpool/registrar => ../
	github.com/rserpool-go/rserpool/tools/capture => ../../tools/capture
	github.com/rserpool-go/rserpool/transport => ../../transport
	github.com/rserpool-go/rserpool/wire => ../../wire
)
