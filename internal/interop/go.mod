module github.com/rserpool-go/rserpool/internal/interop

go 1.26.0
