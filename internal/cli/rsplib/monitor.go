package rsplib

// cspMonitor returns the options of cspmonitor.
func cspMonitor() Program {
	return Program{
		Name: "cspmonitor", Role: "monitor of status reports", Level: "2",
		Own: []Option{
			{Name: "localaddress", Kind: Address, Default: "[::]:2960", Values: []string{"127.0.0.1:2960"}},
			{Name: "updateinterval", Kind: Milliseconds, Default: "1000", Least: "100"},
			{Name: "purgeinterval", Kind: Milliseconds, Default: "30000", Least: "1000"},
			{Name: "compact", Kind: Switch, Note: "The default, as in RSPLIB's binary; its manual says `-full`."},
			{Name: "full", Kind: Switch},
			{Name: "maxpr", Kind: Number, Default: "6", Ours: "0", Note: "0: all. The table is as long as the terminal."},
			{Name: "maxpe", Kind: Number, Default: "42", Ours: "0", Note: "As `-maxpr`."},
			{Name: "maxpu", Kind: Number, Default: "24", Ours: "0", Note: "As `-maxpr`."},
			{Name: "maxlocationsize", Kind: Number, Default: "72", Most: "127"},
		},
	}
}

// hsDump returns the options of hsdump, whose first argument is the address of a registrar.
func hsDump() Program {
	return Program{
		Name: "hsdump", Role: "dump of a registrar's handlespace", Level: "2",
		Args: []string{"127.0.0.1:9901"}, Groups: []Group{logging()},
	}
}
