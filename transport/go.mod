module github.com/rserpool-go/rserpool/transport

go 1.26.0
