package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/envcache"
	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/apps/internal/work"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type scripting struct {
	Switch  serviceSwitch    `name:"scripting" help:"Run work packages of pool users. Whoever reaches the port runs code here: see SECURITY.md."`
	Options scriptingOptions `embed:"" group:"Options of -scripting:"`
}

type scriptingOptions struct {
	MaxThreads        int              `name:"ssmaxthreads" least:"1" placeholder:"N" help:"Maximum of packages at a time (up to 1000). Default: the number of processors."`
	TransmitTimeout   cli.Milliseconds `name:"sstransmittimeout" default:"30000" placeholder:"MS" help:"Time limit for each part of an upload or download. Default: ${default}."`
	KeepAliveInterval cli.Milliseconds `name:"sskeepaliveinterval" default:"15000" placeholder:"MS" help:"Time between keep-alives to the user while a package runs; 0: none. Default: ${default}."`
	KeepAliveTimeout  cli.Milliseconds `name:"sskeepalivetimeout" default:"10000" placeholder:"MS" help:"Time limit for the answer to a keep-alive. Default: ${default}."`
	CacheMaxSize      int64            `name:"sscachemaxsize" least:"128" default:"131072" placeholder:"KIB" help:"Size of the cache of environments, in KiB (at least 128). Default: ${default}."`
	CacheMaxEntries   int              `name:"sscachemaxentries" least:"1" default:"16" placeholder:"N" help:"Maximum of environments in the cache. Default: ${default}."`
	CacheDirectory    string           `name:"sscachedirectory" placeholder:"FOLDER" help:"Folder of the cache, which is kept for the next start. Default: a temporary folder."`
	Keyring           string           `name:"sskeyring" placeholder:"FILE" help:"Run only packages and environments that are signed by a key of this keyring; needs gpg and -sstrustdb. Default: no signatures."`
	TrustDB           string           `name:"sstrustdb" placeholder:"FILE" help:"Trust database of gpg, for the keys of -sskeyring."`
	KeepTempDirs      bool             `name:"sskeeptempdirs" help:"Do not remove the working directories."`
	Verbose           bool             `name:"ssverbose" help:"Print the output of packages."`

	User      string           `name:"scripting-user" placeholder:"USER" help:"Run packages as this user, who should own nothing else. Needs root."`
	SameUser  bool             `name:"scripting-same-user" help:"Run packages as the user of the server, even if that is root."`
	Time      cli.Milliseconds `name:"scripting-time" least:"1000" default:"3600000" placeholder:"MS" help:"Time limit for a package, and for the processor time of each process (at least 1000). Default: ${default}."`
	Disk      int64            `name:"scripting-disk" least:"1" default:"1024" placeholder:"MIB" help:"Limit in MiB for an upload, for each file of a package, and for all its files. Default: ${default}."`
	Memory    int64            `name:"scripting-memory" least:"16" default:"2048" placeholder:"MIB" help:"Address space of each process, in MiB (at least 16). Default: ${default}."`
	Processes int64            `name:"scripting-processes" least:"1" default:"256" placeholder:"N" help:"Maximum of processes and threads of the user of --scripting-user. Default: ${default}."`
	Files     int64            `name:"scripting-files" least:"16" default:"256" placeholder:"N" help:"Maximum of open files of each process (at least 16). Default: ${default}."`
}

// grace is the time between SIGTERM and SIGKILL. It is within the time for the end of the server.
const grace = 2 * time.Second

// Validate checks the ranges.
func (o *scriptingOptions) Validate() error {
	if o.User != "" && o.SameUser {
		return errors.New("--scripting-user and --scripting-same-user exclude each other")
	}
	const mebi = 1 << 43 // The number of octets must fit into 63 bits.
	return cli.CheckRanges(
		cli.Range{Option: "ssmaxthreads", Value: int64(o.maxThreads()), Max: 1000},
		cli.Range{Option: "sstransmittimeout", Value: o.TransmitTimeout.Duration().Milliseconds(), Min: 1, Max: 1 << 40, Unit: "ms"},
		cli.Range{Option: "sskeepalivetimeout", Value: o.KeepAliveTimeout.Duration().Milliseconds(), Min: 1, Max: 1 << 40, Unit: "ms"},
		cli.Range{Option: "sscachemaxsize", Value: o.CacheMaxSize, Max: 1 << 53, Unit: "KiB"},
		cli.Range{Option: "scripting-disk", Value: o.Disk, Max: mebi - 1, Unit: "MiB"},
		cli.Range{Option: "scripting-memory", Value: o.Memory, Max: mebi - 1, Unit: "MiB"},
	)
}

func (o *scriptingOptions) maxThreads() int {
	if o.MaxThreads == 0 {
		return runtime.NumCPU()
	}
	return o.MaxThreads
}

func (*scripting) name() string { return "scripting" }

// open checks all that packages need before the first user comes.
func (k *scripting) open() (*service.Service, error) {
	o := &k.Options
	if os.Geteuid() == 0 && o.User == "" && !o.SameUser {
		return nil, errors.New("packages would run as root: give --scripting-user=USER, or --scripting-same-user if that is intended")
	}
	if err := work.Prepare(); err != nil {
		return nil, err
	}
	config := service.ScriptingConfig{
		MaxSessions:       o.maxThreads(),
		TransmitTimeout:   o.TransmitTimeout.Duration(),
		KeepAliveInterval: o.KeepAliveInterval.Duration(),
		KeepAliveTimeout:  o.KeepAliveTimeout.Duration(),
		Limits: work.Limits{
			Time: o.Time.Duration(), Grace: grace, Disk: o.Disk << 20, Memory: uint64(o.Memory) << 20,
			Processes: uint64(o.Processes), Files: uint64(o.Files),
		},
		KeepFolders: o.KeepTempDirs,
		Verbose:     o.Verbose,
	}
	var err error
	if o.User != "" {
		if config.User, err = work.FindUser(o.User); err != nil {
			return nil, err
		}
	}
	if config.Signatures, err = work.NewSignatures(o.Keyring, o.TrustDB); err != nil {
		return nil, err
	}
	if config.Cache, err = envcache.Open(o.CacheDirectory, o.CacheMaxSize<<10, o.CacheMaxEntries); err != nil {
		return nil, err
	}
	return service.Scripting(config), nil
}

func (k *scripting) describe(entry func(name string, value any)) {
	o := &k.Options
	user := o.User
	if user == "" {
		user = "that of the server"
	}
	entry("user of packages", user)
	entry("limits of a package", fmt.Sprintf("%v, %d MiB of disk, %d MiB of memory", o.Time.Duration(), o.Disk, o.Memory))
	cache := o.CacheDirectory
	if cache == "" {
		cache = "temporary"
	}
	entry("cache", fmt.Sprintf("%s, %d KiB, %d environments", cache, o.CacheMaxSize, o.CacheMaxEntries))
	signatures := "none needed"
	if o.Keyring != "" {
		signatures = "by " + o.Keyring
	}
	entry("signatures", signatures)
}
