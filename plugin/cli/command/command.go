// Package command is what all commands of Gatebook share: how they report errors and
// wrong usage, and how they write numbers of things.
package command

import (
	"errors"
	"fmt"
	"os"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

// exitUsage is the exit code for wrong usage, see docs/commands.md. Cobra's for any
// other error is 1.
const exitUsage = 2

// Set makes a command of f, which takes no arguments.
func Set(cmd *cobra.Command, f func(cmd *cobra.Command) error) {
	SetWithArgs(cmd, noArgs, func(cmd *cobra.Command, _ []string) error { return f(cmd) })
}

// SetWithArgs makes a command of f. An error of f is printed as one line.
func SetWithArgs(cmd *cobra.Command, args cobra.PositionalArgs, f func(cmd *cobra.Command, args []string) error) {
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		PrintError(fmt.Errorf("%w; see %s --help", err, cmd.CommandPath()))
		return exitWithUsage(cmd)
	})
	cmd.Args = args
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := f(cmd, args)
		if err != nil {
			PrintError(err)
		}
		if usage := (usageError{}); errors.As(err, &usage) {
			return exitWithUsage(cmd)
		}
		return err
	}
}

// usageError is a mistake in how the command was called.
type usageError struct{ error }

// Usage marks an error as a mistake in how the command was called.
func Usage(err error) error { return usageError{err} }

// Usagef makes an error that is a mistake in how the command was called.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	PrintError(fmt.Errorf("unknown argument %q; see %s --help", args[0], cmd.CommandPath()))
	return exitWithUsage(cmd)
}

// PrintError prints an error to standard error.
func PrintError(err error) {
	fmt.Fprintln(os.Stderr, "gatebook:", err)
}

// exitWithUsage makes Caddy's main function exit with exitUsage. Only a wrapped
// command function can choose the code; with a nil error it logs nothing.
func exitWithUsage(cmd *cobra.Command) error {
	return caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) {
		return exitUsage, nil
	})(cmd, nil)
}
