package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/store"
	storecheck "github.com/gatebook/gatebook/store/check"
)

// check verifies what is kept and says what it found.
func check(cmd *cobra.Command, b books) error {
	found, err := b.check(cmd.Context())
	if err != nil {
		return err
	}
	if wantsJSON(cmd) {
		err = json.NewEncoder(os.Stdout).Encode(found)
	} else {
		err = printChecked(os.Stdout, found)
	}
	if err == nil && !found.Good() {
		err = errors.New("what is damaged is not shown and the rest is; to have it back, restore the directory from a backup (docs/operations.md)")
	}
	return err
}

func (d *directory) check(ctx context.Context) (store.Checked, error) { return d.logs.Check(ctx) }

func (s *server) check(ctx context.Context) (found store.Checked, err error) {
	err = s.get(ctx, s.instance+"/check", nil, &found)
	return found, err
}

func printChecked(w io.Writer, found store.Checked) error {
	requests := counted(found.ServerLog.Blocks, "block") + ", " + counted(found.ServerLog.Entries, "request")
	return cmp.Or(
		printCheckedLog(w, "server log", requests, found.ServerLog),
		printCheckedLog(w, "application log", counted(found.ApplicationLog.Entries, "event"), found.ApplicationLog))
}

// printCheckedLog says what there is in one line, and each fault in one more.
func printCheckedLog(w io.Writer, name, there string, found storecheck.Log) error {
	verdict := "all good"
	if !found.Good() {
		verdict = fmt.Sprintf("%s, %d missing", counted(found.Damaged, "fault"), found.Missing)
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
