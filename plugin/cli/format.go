package cli

import (
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/command"
)

func addFormatFlag(cmd *cobra.Command) {
	cmd.Flags().String("format", "", "table, ndjson or csv (default: table on a terminal, ndjson in a pipe)")
	cmd.Flags().Bool("bom", false, "begin CSV with a byte order mark, which some spreadsheets need for letters beyond ASCII")
}

func outputFormat(cmd *cobra.Command) (logformat.WriterFormat, error) {
	name, _ := cmd.Flags().GetString("format")
	if bom, _ := cmd.Flags().GetBool("bom"); bom {
		if name != string(logformat.CSV) {
			return "", command.Usagef("--bom needs --format csv")
		}
		return logformat.MarkedCSV, nil
	}
	if name == "" {
		if term.IsTerminal(int(os.Stdout.Fd())) {
			return logformat.Table, nil
		}
		return logformat.NDJSONLines, nil
	}
	format, err := logformat.ParseWriterFormat(name)
	if err != nil {
		return format, command.Usagef("--format %w", err)
	}
	return format, nil
}
