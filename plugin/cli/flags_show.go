package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

func showFlag(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{errors.New("name one flag, by its id or its address")}
	}
	b, err := openBooks(cmd)
	if err != nil {
		return err
	}
	defer b.close()
	one, err := findFlag(cmd.Context(), b, args[0])
	if err != nil {
		return err
	}
	if wantsJSON(cmd) {
		return printJSON(os.Stdout, one.In(b.location()))
	}
	return printFlag(os.Stdout, one, b.location())
}

// printJSON prints a line that no terminal obeys.
func printJSON(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(display.VisibleJSON(line), '\n'))
	return err
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
		row("rule", r.Rule, counted(uint64(max(r.Count, 0)), "request"), at(r.First), at(r.Last))
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
	return errors.Join(out.Requests(one.Evidence...), out.Flush())
}

// flagLine says in a line what is done about whom: 203.0.113.7/32: banned until …
func flagLine(f *record.Flag, loc *time.Location) string {
	line := logformat.FlagSubject(f.Subject) + ": " + string(f.State) + until(f.Until, loc)
	if f.Review == record.ReviewFalsePositive {
		line += ", a false positive"
	} else {
		line += ", " + string(f.Review)
	}
	return display.Visible(line)
}

func until(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return " until " + moment(t, loc)
}
