package main

import "github.com/rserpool-go/rserpool/apps/internal/service"

type daytime struct {
	Switch serviceSwitch `name:"daytime" help:"Send the time and end the session."`
	undescribed
}

func (*daytime) name() string { return "daytime" }

func (*daytime) open() (*service.Service, error) { return service.Daytime(), nil }
