package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
	"github.com/gatebook/gatebook/plugin/cli/replay"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

var learnedFilters = []filter{
	{"kind", "kind", "own, broken, writes, login or catch-all"},
	{"text", "q", "part of the path, the parameter or the answer"},
}

func setLearned(cmd *cobra.Command) {
	cmd.Use = "learned"
	cmd.Long = `Shows what the gate takes for true about the application: what is its own, which
links are dead, in which parameters people write markup or SQL, where they log
in, and what it answers to everything.

A directory can be taught from past logs while no server uses it. Files may be
compressed with gzip, bzip2 or zstd; - is standard input.

	$ gatebook learned --data-dir /var/lib/gatebook --from /var/log/nginx/access.log*`
	addFilterFlags(cmd, learnedFilters)
	f := cmd.Flags()
	f.Int("limit", query.MaxLimit, "how many at most, up to "+strconv.Itoa(query.MaxLimit))
	f.StringArray("from", nil, "learn from these past logs first; more files may follow")
	logfile.SetFlags(cmd, "log-format")
	addJSONFlag(cmd)
	setOnLogsWithArgs(cmd, showLearned)
	for _, one := range []struct {
		kind       record.LearnedKind
		use, short string
	}{
		{record.LearnedOwn, "own [METHOD] PATH", "Say that a path is the application's own"},
		{record.LearnedBroken, "broken [METHOD] PATH", "Say that a path is a dead link"},
		{record.LearnedWrites, "writes [METHOD] PATH?PARAMETER", "Say that people write markup or SQL in a parameter"},
		{record.LearnedLogin, "login PATH", "Say that people log in at a path"},
		{record.LearnedCatchAll, "catch-all STATUS with SIZE bytes", "Say that an answer is given to everything"},
	} {
		sub := &cobra.Command{Use: one.use, Short: one.short}
		setCorrection(sub, one.kind, true)
		cmd.AddCommand(sub)
	}
	not := &cobra.Command{Use: "not-own [METHOD] PATH", Short: "Say that a path is not the application's own"}
	setCorrection(not, record.LearnedOwn, false)
	forget := &cobra.Command{Use: "forget TEXT", Short: "Take back what people said"}
	forget.Flags().String("kind", string(record.LearnedOwn), learnedFilters[0].usage)
	setOnLogsWithArgs(forget, undoCorrection)
	cmd.AddCommand(not, forget)
}

func showLearned(cmd *cobra.Command, args []string) (action, error) {
	files, _ := cmd.Flags().GetStringArray("from")
	if len(args) > 0 && len(files) == 0 {
		return nil, command.Usagef("unknown argument %q; see %s --help", args[0], cmd.CommandPath())
	}
	files = append(files, args...)
	said, err := logfile.ReadFlags(cmd, "log-format")
	if err != nil {
		return nil, command.Usage(err)
	}
	params := listParams(cmd, learnedFilters)
	limit, _ := cmd.Flags().GetInt("limit")
	params.Set("limit", strconv.Itoa(limit))
	if _, err := query.ParseLearned(params); err != nil {
		return nil, asFlag(err, append(learnedFilters[:2:2], filter{"limit", "limit", ""}))
	}
	return func(ctx context.Context, logs backend.Logs) error {
		if len(files) > 0 {
			return learnFrom(ctx, logs, said, files)
		}
		return printLearned(ctx, cmd, logs, params)
	}, nil
}

// learnFrom teaches from past logs and prints how much is known now.
func learnFrom(ctx context.Context, logs backend.Logs, said logformat.Dialect, files []string) error {
	requests := 0
	err := logs.Teach(ctx, func(d *abuse.Detector) (int, error) {
		n, err := replay.Teach(ctx, d, said, files)
		requests = n
		return n, err
	})
	if err != nil {
		return fmt.Errorf("learning from past logs: %w", err)
	}
	list, err := logs.Learned(ctx, url.Values{"limit": {"1"}})
	if err != nil {
		return fmt.Errorf("listing what was learned: %w", err)
	}
	fmt.Printf("%s read; %s known about the application\n", command.Count(requests, "request was", "requests were"), command.Count(list.Total, "item is", "items are"))
	return nil
}

func printLearned(ctx context.Context, cmd *cobra.Command, logs backend.Logs, params url.Values) error {
	list, err := logs.Learned(ctx, params)
	if err != nil {
		return asFlag(err, learnedFilters)
	}
	loc := logs.Location()
	if wantsJSON(cmd) {
		for _, i := range list.Items {
			if err := printJSON(os.Stdout, i.In(loc)); err != nil {
				return err
			}
		}
	} else if err := printLearnedTable(list.Items, loc); err != nil {
		return err
	}
	if n := len(list.Items); n < list.Total {
		command.PrintError(fmt.Errorf("%d of %d are shown; --kind and --text find others", n, list.Total))
	}
	if !list.Mature {
		command.PrintError(errors.New("the application has not been seen for a day yet: until then, nobody is banned for looking for what is not there"))
	}
	return nil
}

func printLearnedTable(items []record.LearnedItem, loc *time.Location) error {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "KIND\tHOLDS\tWHY\tLAST SEEN\tWHAT")
	for _, i := range items {
		holds := "yes"
		if !i.Holds {
			holds = "no"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", i.Kind, holds, learnedWhy(&i), moment(i.Last, loc), display.Visible(i.Text))
	}
	return out.Flush()
}

// learnedWhy says who knows an item.
func learnedWhy(i *record.LearnedItem) string {
	var why []string
	if i.Corrected {
		why = append(why, "a person")
	}
	if len(i.Flags) > 0 {
		why = append(why, "a false positive")
	}
	switch {
	case i.Confirmed:
		why = append(why, "a user who logged in")
	case i.Teachers >= 3:
		why = append(why, "3 clients or more")
	case i.Learned:
		why = append(why, "answers and logins")
	}
	return strings.Join(why, ", ")
}

func setCorrection(cmd *cobra.Command, kind record.LearnedKind, holds bool) {
	if holds {
		cmd.Flags().Bool("not", false, "say that it is not so")
		cmd.Flags().Bool("undo", false, "take back what people said about it")
	}
	setOnLogsWithArgs(cmd, func(cmd *cobra.Command, args []string) (action, error) {
		c, err := readCorrection(cmd, kind, args)
		if err != nil {
			return nil, err
		}
		not, _ := cmd.Flags().GetBool("not")
		undo, _ := cmd.Flags().GetBool("undo")
		if not && undo {
			return nil, command.Usagef("give --not or --undo, not both")
		}
		if undo {
			return undoOf(c), nil
		}
		c.Holds = holds && !not
		return func(ctx context.Context, logs backend.Logs) error {
			if err := logs.Correct(ctx, c); err != nil {
				return asArgument(err)
			}
			fmt.Printf("%s: %s %s\n", display.Visible(c.Text), map[bool]string{true: "is", false: "is not"}[c.Holds], c.Kind)
			return nil
		}, nil
	})
}

func undoCorrection(cmd *cobra.Command, args []string) (action, error) {
	kind, _ := cmd.Flags().GetString("kind")
	c, err := readCorrection(cmd, record.LearnedKind(kind), args)
	if err != nil {
		return nil, err
	}
	return undoOf(c), nil
}

func undoOf(c record.Correction) action {
	return func(ctx context.Context, logs backend.Logs) error {
		err := logs.UndoCorrection(ctx, c)
		if backend.IsNotFound(err) {
			return fmt.Errorf("nobody has said anything about %s %s; gatebook learned --kind %s shows what there is", c.Kind, display.Visible(c.Text), c.Kind)
		}
		if err != nil {
			return asArgument(err)
		}
		fmt.Printf("%s: what people said about it is taken back\n", display.Visible(c.Text))
		return nil
	}
}

// readCorrection reads an item from the arguments, which may be several words.
func readCorrection(cmd *cobra.Command, kind record.LearnedKind, args []string) (record.Correction, error) {
	c := record.Correction{Kind: kind, Text: strings.Join(args, " ")}
	if len(args) == 0 {
		return c, command.Usagef("name what it is about; see %s --help", cmd.CommandPath())
	}
	return c, asArgument(c.Check())
}

// asArgument writes an error about the text as one about the argument.
func asArgument(err error) error {
	if param := backend.AsParamError(err); param != nil {
		if param.Param == "kind" {
			return command.Usagef("--kind%s", param.Rest)
		}
		return command.Usage(errors.New(strings.TrimSpace(param.Rest)))
	}
	return err
}
