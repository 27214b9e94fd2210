module github.com/rserpool-go/rserpool/handlespace

go 1.25.0

require github.com/rserpool-go/rserpool/wire v0.0.0

require pgregory.net/rapid v1.3.0

replace github.com/rserpool-go/rserpool/wire => ../wire
