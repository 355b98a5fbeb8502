package cli

import (
	"cmp"
	"encoding/json"
	"io"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/gatebook/gatebook/record/display"
)

func addJSONFlag(cmd *cobra.Command) {
	cmd.Flags().Bool("json", false, "print JSON (the default in a pipe)")
}

func wantsJSON(cmd *cobra.Command) bool {
	asJSON, _ := cmd.Flags().GetBool("json")
	return asJSON || !term.IsTerminal(int(os.Stdout.Fd()))
}

// printJSON prints a line that does not control a terminal.
func printJSON(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(display.VisibleJSON(line), '\n'))
	return err
}

// moment writes a time, "-" for none.
func moment(t time.Time, loc *time.Location) string {
	clock, offset := display.Clock(t, loc)
	return strings.TrimSpace(cmp.Or(clock, "-") + " " + offset)
}

// size writes a number of bytes.
func size(bytes int64) string { return humanize.IBytes(uint64(max(bytes, 0))) }
