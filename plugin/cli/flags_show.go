package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

func showFlag(cmd *cobra.Command, args []string) (action, error) {
	if len(args) != 1 {
		return nil, command.Usagef("name one flag, by its id or its address")
	}
	return func(ctx context.Context, logs backend.Logs) error {
		one, err := findFlag(ctx, logs, args[0])
		if err != nil {
			return err
		}
		if wantsJSON(cmd) {
			return printJSON(os.Stdout, one.In(logs.Location()))
		}
		return printFlag(os.Stdout, one, logs.Location())
	}, nil
}

// printFlag shows a flag with its rules, decisions, logins and evidence.
func printFlag(w io.Writer, one record.FlagCase, loc *time.Location) error {
	at := func(t time.Time) string { return moment(t, loc) }
	fmt.Fprintln(w, flagLine(&one.Flag, loc))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(cells ...string) {
		for i := range cells {
			cells[i] = display.Visible(cells[i])
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	row("id", one.ID)
	row("review", string(one.Review))
	row("since", at(one.Since))
	row("changed", at(one.Changed))
	row("strikes", fmt.Sprint(one.Strikes))
	row("country", cmp.Or(one.Country, "-"))
	if one.ASN != 0 {
		row("network", fmt.Sprintf("AS%d", one.ASN))
	}
	for _, r := range one.Rules {
		row("rule", r.Rule, command.Count(max(r.Count, 0), "request", "requests"), at(r.First), at(r.Last))
	}
	for _, s := range one.Sanctions {
		did := string(s.State)
		if s.Strike > 0 {
			did += fmt.Sprintf(", strike %d", s.Strike)
		}
		row("gate", did+until(s.Until, loc), at(s.At), s.Rule, s.Scope)
	}
	for i := range one.Incidents {
		row("incident", incidentLine(&one.Incidents[i], loc))
	}
	for _, d := range one.Decisions {
		row("decided", string(d.Decision)+until(d.Until, loc), at(d.At), d.By, d.Note)
	}
	for _, n := range one.Notes {
		row("note", n.Text, at(n.At), n.By)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(one.Logins) > 0 {
		fmt.Fprintln(w, "\nlogins")
		out := logformat.NewWriter(w, logformat.Table, loc)
		if err := errors.Join(out.Events(one.Logins...), out.Flush()); err != nil {
			return err
		}
	}
	if len(one.Evidence) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\nevidence")
	out := logformat.NewWriter(w, logformat.Table, loc)
	for i := range one.Evidence {
		if err := out.Requests(one.Evidence[i].Request); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return printWorth(w, one.Evidence)
}

// incidentLine says what is known of an incident: instance-flood since …, at most 900
// requests a second (usual: 20), 1200 throttled, 34 banned.
func incidentLine(i *record.Incident, loc *time.Location) string {
	line := i.Rule + " since " + moment(i.Begin, loc)
	if end := i.Ended(time.Now()); !end.IsZero() {
		line = i.Rule + " from " + moment(i.Begin, loc) + " to " + moment(end, loc)
	}
	if i.Peak > 0 {
		line += fmt.Sprintf(", at most %d requests a second (usual: %d)", i.Peak, i.Usual)
	}
	return line + fmt.Sprintf(", refused: %d throttled, %d banned", i.Throttled, i.Banned)
}

// printWorth shows why the requests count, in the order of the evidence. Evidence that
// was stored without it has none.
func printWorth(w io.Writer, evidence []record.Evidence) error {
	if !slices.ContainsFunc(evidence, func(e record.Evidence) bool { return e.Worth != record.Worth{} }) {
		return nil
	}
	fmt.Fprintln(w, "\nworth")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "Path\tIntent\tAnswer\tClient\tCost\tRule")
	for i := range evidence {
		e := &evidence[i]
		cost := "-"
		if e.Cost > 0 {
			cost = strconv.FormatFloat(e.Cost, 'g', -1, 64)
		}
		for _, cell := range []string{e.Path, string(e.Intent), string(e.Answer), string(e.Client), cost} {
			fmt.Fprintf(t, "%s\t", display.Visible(cmp.Or(cell, "-")))
		}
		fmt.Fprintln(t, display.Visible(cmp.Or(e.Rule, "-")))
	}
	return t.Flush()
}
