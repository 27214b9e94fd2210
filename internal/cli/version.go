package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// versionFlag prints the version and exits.
type versionFlag bool

// BeforeReset is called by kong for the flag, before it checks for missing flags.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintf(app.Stdout, "%s %s, %s %s/%s\n", app.Model.Name, Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	app.Exit(0)
	return nil
}

// Version returns the module version of the program. Without a version it returns the
// commit of the build.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	var revision, dirty string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	return cmp.Or(revision, "devel") + dirty
}
