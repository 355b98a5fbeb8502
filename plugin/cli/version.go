package cli

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/cli/command"
)

// Version is the version of a release, which its build sets with -ldflags. Other
// builds have that of the module, or the commit.
var Version string

// modulePath is the path of this module.
const modulePath = "github.com/gatebook/gatebook"

func setVersion(cmd *cobra.Command) {
	command.Set(cmd, func(*cobra.Command) error { return printVersion(os.Stdout) })
}

// printVersion prints Gatebook's version, then Caddy's.
func printVersion(w io.Writer) error {
	_, caddys := caddy.Version()
	_, err := fmt.Fprintf(w, "Gatebook %s %s/%s %s\nCaddy %s\n", version(), runtime.GOOS, runtime.GOARCH, runtime.Version(), caddys)
	return err
}

// version returns Gatebook's version.
func version() string {
	if Version != "" {
		return Version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return versionIn(info)
}

// versionIn returns Gatebook's version in a build of it, or of a Caddy that has it.
func versionIn(info *debug.BuildInfo) string {
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path == modulePath && m.Version != "" && m.Version != "(devel)" {
			return m.Version
		}
	}
	revision, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = ", modified"
		}
	}
	if revision == "" || info.Main.Path != modulePath {
		return "development build"
	}
	return "development build of commit " + revision[:min(12, len(revision))] + modified
}
