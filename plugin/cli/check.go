package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/store"
	storecheck "github.com/gatebook/gatebook/store/check"
)

// check reads everything that is stored and prints what is damaged.
func check(ctx context.Context, logs backend.Logs, asJSON bool) error {
	found, err := logs.Check(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		err = json.NewEncoder(os.Stdout).Encode(found)
	} else {
		err = printChecked(os.Stdout, found)
	}
	if err == nil && !found.Good() {
		err = errors.New("what is damaged is not shown and the rest is; to have it back, restore the directory from a backup (docs/operations.md)")
	}
	return err
}

func printChecked(w io.Writer, found store.Checked) error {
	requests := command.Count(found.ServerLog.Blocks, "block", "blocks") + ", " + command.Count(found.ServerLog.Entries, "request", "requests")
	return cmp.Or(
		printCheckedLog(w, "server log", requests, found.ServerLog),
		printCheckedLog(w, "application log", command.Count(found.ApplicationLog.Entries, "event", "events"), found.ApplicationLog))
}

// printCheckedLog prints a log in one line, and each fault in one more.
func printCheckedLog(w io.Writer, name, there string, found storecheck.Log) error {
	verdict := "all good"
	if !found.Good() {
		verdict = fmt.Sprintf("%s, %d missing", command.Count(found.Damaged, "fault", "faults"), found.Missing)
	}
	if _, err := fmt.Fprintf(w, "%s: %s: %s\n", name, there, verdict); err != nil {
		return err
	}
	for _, f := range found.Faults {
		if _, err := fmt.Fprintf(w, "  %s: %s\n", f.What, f.Reason); err != nil {
			return err
		}
	}
	if more := found.Damaged - uint64(len(found.Faults)); more > 0 {
		_, err := fmt.Fprintf(w, "  and %d more\n", more)
		return err
	}
	return nil
}
