package main

import "github.com/rserpool-go/rserpool/apps/internal/service"

type echo struct {
	Switch serviceSwitch `name:"echo" help:"Send each message back (default)."`
	undescribed
}

func (*echo) name() string { return "echo" }

func (*echo) open() (*service.Service, error) { return service.Echo(), nil }

// undescribed is embedded by kinds whose options need no line in the start text.
type undescribed struct{}

func (undescribed) describe(func(name string, value any)) {}
