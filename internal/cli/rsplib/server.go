package rsplib

// server returns the options of rspserver.
func server() Program {
	own := []Option{
		{Name: "echo", Kind: Switch},
		{Name: "discard", Kind: Switch},
		{Name: "daytime", Kind: Switch},
		{Name: "chargen", Kind: Switch, Note: "Can be started."},
		{Name: "pingpong", Kind: Switch},
		{Name: "poolhandle", Kind: Text, Default: "EchoPool", Values: []string{"MyPool"}, Note: "Each service has its pool, spelled as in RSPLIB: `CharGenPool` has a capital G, and handles are compared octet by octet."},
		{Name: "identifier", Kind: Number, Default: "0", Values: []string{"0x1234", "17"}, Note: "0: at random. An empty value is an error."},
		{Name: "local", Kind: Address, Default: "auto", Values: []string{"127.0.0.1:4000,127.0.0.2"}},
		{Name: "policy", Kind: Text, Default: "RoundRobin", Values: []string{
			"WeightedRoundRobin:7", "Random", "WeightedRandom:7", "Priority:7", "LeastUsed", "LeastUsedDegradation:0.25", "PriorityLeastUsed:0.25",
			"RandomizedLeastUsed", "RandomizedPriorityLeastUsed", "PriorityLeastUsedDegradation:0.25", "WeightedRandomDPF:7:0.01", "LeastUsedDPF:0.01",
			"LeastUsedDegradationDPF:0.25:0.01", "PriorityLeastUsedDegradationDPF:0.25:0.01",
		}, Note: "The three policies that RSPLIB's completion offers and its parser refuses are policies here."},
		{Name: "rereginterval", Kind: Milliseconds, Default: "30000", Least: "10"},
		{Name: "runtime", Kind: Milliseconds, Default: "0", Values: []string{"60000"}, Note: "Milliseconds, as in RSPLIB's binary; its texts say seconds. The start text prints the unit. A value may have a unit, such as `1m`."},
		{Name: "quiet", Kind: Switch},
	}
	own = append(own, failureTest()...)
	l := library()
	l.Options = append(l.Options, ignoredTrials()...)
	return Program{
		Name: "rspserver", Role: "pool element with a service", Own: own, Level: "3",
		Groups: []Group{charGen(), pingPong(), fractal(), calcApp(), scripting(), l, logging()},
	}
}
