module github.com/rserpool-go/rserpool/wireshark

go 1.26.0

require (
	github.com/rserpool-go/rserpool/apps v0.0.0
	github.com/rserpool-go/rserpool/wire v0.0.0
)

replace (
	github.com/rserpool-go/rserpool/apps => ../apps
	github.com/rserpool-go/rserpool/wire => ../wire
)
