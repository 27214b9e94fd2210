package rsplib

// registrar returns the options of rspregistrar.
func registrar() Program {
	own := []Option{
		{Name: "asap", Kind: Address, Default: "auto", Values: []string{"127.0.0.1:3863,127.0.0.2"}},
		{Name: "asapannounce", Kind: Address, Default: "auto", Values: []string{"239.0.0.50:3863", "off", "none"}},
		{Name: "enrp", Kind: Address, Default: "auto", Values: []string{"127.0.0.1:9901"}},
		{Name: "enrpannounce", Kind: Address, Default: "auto", Values: []string{"239.0.0.51:9901", "off", "none"}},
		{Name: "enrpmulticast", Kind: Address, Values: []string{"auto"}, Note: "Former name of `-enrpannounce`, taken without a warning."},
		{Name: "identifier", Kind: Number, Default: "0", Values: []string{"0x1234", "17"}},
		{Name: "disable-ipv6", Kind: Switch},
		{Name: "peer", Kind: Address, Values: []string{"192.0.2.1:9901,192.0.2.2"}},
		{Name: "minaddressscope", Kind: Text, Default: "sitelocal", Values: []string{"loopback", "global", "site-local"}, Ours: "auto", Note: "`auto` is `sitelocal`, and takes loopback addresses of elements on the same host. RSPLIB drops loopback addresses at every level. `site-local`, as a text of RSPLIB has it, means `sitelocal`."},
		{Name: "serverannouncecycle", Kind: Milliseconds, Default: "1000", Least: "100", Most: "60000"},
		{Name: "endpointkeepalivetransmissioninterval", Kind: Milliseconds, Default: "5000", Least: "300", Most: "300000"},
		{Name: "endpointkeepalivetimeoutinterval", Kind: Milliseconds, Default: "5000", Least: "100", Most: "60000"},
		{Name: "maxbadpereports", Kind: Number, Default: "3", Least: "1", Note: "Counts hosts, not reports, and an element that answers a keep-alive stays."},
		{Name: "maxhresitems", Kind: Number, Default: "3", Least: "1", Most: "128"},
		{Name: "maxincrement", Kind: Number, Default: "0"},
		{Name: "maxhrrate", Kind: Number, Default: "-1", Values: []string{"10"}, Note: "Counts per association, over all pools, and does not count refused requests."},
		{Name: "maxeurate", Kind: Number, Default: "-1", Values: []string{"10"}, Note: "As `-maxhrrate`."},
		{Name: "distancestep", Kind: Milliseconds, Default: "50", Least: "1"},
		{Name: "autoclosetimeout", Kind: Seconds, Default: "300", Least: "5", Ours: NoDefault, Note: "Works; RSPLIB prints the value and always takes 300 s. Without the option, idle associations stay."},
		{Name: "announcettl", Kind: Number, Default: "30", Least: "1", Most: "255", Note: "Works; RSPLIB documents the option and refuses it."},
		{Name: "peerheartbeatcycle", Kind: Milliseconds, Default: "2444", Least: "1000", Most: "300000"},
		{Name: "peermaxtimelastheard", Kind: Milliseconds, Default: "5000", Least: "1000", Most: "300000"},
		{Name: "peermaxtimenoresponse", Kind: Milliseconds, Default: "5000", Least: "1000", Most: "60000"},
		{Name: "mentordiscoverytimeout", Kind: Milliseconds, Default: "5000", Least: "100", Most: "60000", Ours: "1000", Note: "Works, from 100 ms on; RSPLIB prints the value (1000 ms or more) and always takes 5 s."},
		{Name: "mentorhuntinterval", Kind: Milliseconds, Values: []string{"2000"}, Ours: "1000", Note: "Means `-mentordiscoverytimeout`; RSPLIB documents the option and refuses it."},
		{Name: "takeoverexpiryinterval", Kind: Milliseconds, Default: "5000", Least: "1000", Most: "60000"},
		{Name: "maxelementsperhtrequest", Kind: Number, Default: "128", Least: "1", Most: "1024"},
		{Name: "supporttakeoversuggestion", Kind: Switch},
		{Name: "statsfile", Kind: File, Values: []string{"file"}, With: []string{"statsinterval=1000"}, Note: "Not compressed: a name that ends with `.bz2` is an error."},
		{Name: "statsinterval", Kind: Milliseconds, Values: []string{"1000"}, Least: "10", Most: "3600000", With: []string{"statsfile=file"}, Note: "RSPLIB makes ten hours of more than an hour."},
		{Name: "actionlogfile", Kind: File, Values: []string{"file"}, Note: "Not compressed, as `-statsfile`."},
		{Name: "scalar", Kind: File, Values: []string{"file"}, Note: "Not compressed, as `-statsfile`. Written whole or not at all."},
		{Name: "object", Kind: Text, Default: "registrar"},
		{Name: "quiet", Kind: Switch},
	}
	own = append(append(own, reports()...), failureTest()...)
	return Program{Name: "rspregistrar", Role: "registrar", Own: own, Groups: []Group{logging()}, Level: "3"}
}
