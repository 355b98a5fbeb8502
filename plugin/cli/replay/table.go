package replay

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/cli/command"
)

// printTable prints whom the rules flagged, and how.
func printTable(out io.Writer, found []abuse.Overflow, requests int) error {
	sums := outcomes(found)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "Subject\tRule\tAction\tOverflows\tRequests\tFirst\tLast")
	subjects := map[string]bool{}
	for _, f := range sorted(sums) {
		s := sums[f]
		subjects[f.Subject] = true
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", f.Subject, f.Rule, s.Action, s.Overflows, s.Requests, clockTime(s.first), clockTime(s.last))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing what was found: %w", err)
	}
	fmt.Fprintf(out, "\n%s, %s flagged\n", command.Count(requests, "request", "requests"), command.Count(len(subjects), "subject", "subjects"))
	return nil
}

func clockTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }
