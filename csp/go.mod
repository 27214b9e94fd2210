module github.com/rserpool-go/rserpool/csp

go 1.25.0
