package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
)

// action is a call of a command whose flags and arguments are valid.
type action func(context.Context, backend.Logs) error

// setOnLogs makes a command on an instance's logs. prepare reads the flags, so that
// wrong usage is found before any logs are opened.
func setOnLogs(cmd *cobra.Command, prepare func(cmd *cobra.Command) (action, error)) {
	addLogFlags(cmd)
	command.Set(cmd, func(cmd *cobra.Command) error {
		act, err := prepare(cmd)
		if err != nil {
			return err
		}
		return onLogs(cmd, act)
	})
}

// setOnLogsWithArgs is setOnLogs for a command with arguments.
func setOnLogsWithArgs(cmd *cobra.Command, prepare func(cmd *cobra.Command, args []string) (action, error)) {
	addLogFlags(cmd)
	command.SetWithArgs(cmd, cobra.ArbitraryArgs, func(cmd *cobra.Command, args []string) error {
		act, err := prepare(cmd, args)
		if err != nil {
			return err
		}
		return onLogs(cmd, act)
	})
}

// onLogs opens the logs that the flags mean, and closes them after act.
func onLogs(cmd *cobra.Command, act action) error { return onOpenLogs(cmd, backendOptions(cmd), act) }

// onOpenLogs opens the logs that o means, and closes them after act.
func onOpenLogs(cmd *cobra.Command, o backend.Options, act action) (err error) {
	logs, err := backend.Open(cmd.Context(), o)
	if err != nil {
		return err
	}
	defer func() {
		if closing := logs.Close(); err == nil {
			err = closing
		}
	}()
	return act(cmd.Context(), logs)
}

// addLogFlags adds the flags that say which logs are meant.
func addLogFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("address", "", "the running server's admin endpoint (default: $"+backend.EnvAddress+", then as the configuration says, then the usual places)")
	f.String("config", "", "the server's configuration file, which names its admin endpoint and data directory (default: the Caddyfile in this folder)")
	f.String("token-file", "", "the admin token's file (default: as the server says)")
	f.String("data-dir", "", "the data directory to read (default: $"+backend.EnvDataDir+")")
	f.String("instance", "", "the instance; may be left out where there is one")
}

func backendOptions(cmd *cobra.Command) (o backend.Options) {
	o.Address, _ = cmd.Flags().GetString("address")
	o.DataDir, _ = cmd.Flags().GetString("data-dir")
	o.Config, _ = cmd.Flags().GetString("config")
	o.TokenFile, _ = cmd.Flags().GetString("token-file")
	o.Instance, _ = cmd.Flags().GetString("instance")
	o.Note = func(found string) { fmt.Fprintln(os.Stderr, "gatebook:", found) }
	return o
}
