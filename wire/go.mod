module github.com/rserpool-go/rserpool/wire

go 1.25.0
