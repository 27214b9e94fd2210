module github.com/rserpool-go/rserpool/apps

go 1.26.0
