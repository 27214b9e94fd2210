package main

import "github.com/rserpool-go/rserpool/apps/internal/service"

type discard struct {
	Switch serviceSwitch `name:"discard" help:"Discard all messages."`
	undescribed
}

func (*discard) name() string { return "discard" }

func (*discard) open() (*service.Service, error) { return service.Discard(), nil }
