package cli

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record/banlist"
)

func setExport(cmd *cobra.Command) {
	command.Set(cmd, (*cobra.Command).Help)
	flags := &cobra.Command{Use: "flags", Short: "Write what is banned now, without what is allowed"}
	flags.Long = `Writes the prefixes that are banned now, without those that are allowed, for a
firewall or another server. Neighbours are one prefix where they make a whole.`
	names := make([]string, len(banlist.Formats))
	for i, f := range banlist.Formats {
		names[i] = string(f)
	}
	flags.Flags().String("format", string(banlist.Text), strings.Join(names, ", "))
	setOnLogs(flags, exportFlags)
	cmd.AddCommand(flags)
}

func exportFlags(cmd *cobra.Command) (action, error) {
	name, _ := cmd.Flags().GetString("format")
	format, err := banlist.ParseFormat(name)
	if err != nil {
		return nil, command.Usagef("--format %w", err)
	}
	return func(ctx context.Context, logs backend.Logs) error { return logs.WriteBans(ctx, format, os.Stdout) }, nil
}
