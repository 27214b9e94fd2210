package main

import "fmt"

// checkSeveral refuses options for a single element beside several services.
func (p *program) checkSeveral() error {
	n := len(p.Services.selected)
	if n == 1 {
		return nil
	}
	for option, given := range map[string]bool{
		"--poolhandle":        p.PoolHandle != "",
		"--identifier":        p.Identifier != 0,
		"--cspidentifier":     p.Status.Identifier != 0,
		"the port of --local": p.Local.Port != 0,
	} {
		if given {
			return fmt.Errorf("%s is for a single service, not for the %d of --service", option, n)
		}
	}
	return nil
}
