module github.com/rserpool-go/rserpool/asap

go 1.26.0

require (
	github.com/rserpool-go/rserpool/transport v0.0.0
	github.com/rserpool-go/rserpool/wire v0.0.0
)

replace (
	github.com/rserpool-go/rserpool/transport => ../transport
	github.com/rserpool-go/rserpool/wire => ../wire
)
