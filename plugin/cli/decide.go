package cli

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/service"
)

func setBan(cmd *cobra.Command) { setDecision(cmd, "ban ADDRESS|PREFIX...", record.DecideBan) }
func setThrottle(cmd *cobra.Command) {
	setDecision(cmd, "throttle ADDRESS|PREFIX...", record.DecideThrottle)
}
func setAllow(cmd *cobra.Command) { setDecision(cmd, "allow ADDRESS|PREFIX...", record.DecideAllow) }
func setClear(cmd *cobra.Command) { setDecision(cmd, "clear ADDRESS|PREFIX...", record.DecideClear) }

func decisionCommand(use, short string, kind record.DecisionKind) *cobra.Command {
	cmd := &cobra.Command{Short: short}
	setDecision(cmd, use, kind)
	return cmd
}

// decisionParams are the flags that become parts of a decision.
var decisionParams = []filter{{"for", "for", ""}, {"note", "note", ""}}

func setDecision(cmd *cobra.Command, use string, kind record.DecisionKind) {
	cmd.Use = use
	cmd.Long = longDecisions[kind]
	if held(kind) {
		cmd.Flags().String("for", "", "how long it holds: 90s, 4h, 30d (default: "+map[bool]string{true: "for ever", false: "as long as a first ban"}[kind == record.DecideAllow]+")")
	}
	cmd.Flags().String("note", "", "why, for whoever looks at it later")
	addJSONFlag(cmd)
	setOnLogsWithArgs(cmd, func(cmd *cobra.Command, args []string) (action, error) { return decide(cmd, kind, args) })
}

// held reports whether a decision has a duration, and is only for addresses.
func held(kind record.DecisionKind) bool {
	return kind == record.DecideBan || kind == record.DecideThrottle || kind == record.DecideAllow
}

var longDecisions = map[record.DecisionKind]string{
	record.DecideBan: `Refuses all requests of addresses from now on. An address of IPv6 stands for
its /64. A prefix may be as wide as a /16 of IPv4 or a /32 of IPv6.

	$ gatebook ban 203.0.113.7 --for 4h --note "looks for backups"`,
	record.DecideThrottle: `Lets addresses make few requests from now on, rather than none. An address of
IPv6 stands for its /64.`,
	record.DecideAllow: `Lets addresses through from now on, whatever they do, and whatever bans a
prefix that they are in.`,
	record.DecideClear: `Undoes what was decided about addresses, by people or by rules. The rules go on
looking.`,
	record.DecideConfirm: `Says that flags are right; nothing else changes.`,
	record.DecideFalsePositive: `Says that flags are wrong: the addresses are free, and their strikes forgotten.
The rules go on looking.`,
}

func decide(cmd *cobra.Command, kind record.DecisionKind, args []string) (action, error) {
	if len(args) == 0 {
		return nil, command.Usagef("name whom it is about; see %s --help", cmd.CommandPath())
	}
	about, err := readDecision(cmd, kind)
	if err != nil {
		return nil, err
	}
	// An invalid address is found before anything is decided.
	list, err := decisionsAbout(about, args)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, logs backend.Logs) error {
		for i := range list {
			if list[i].Subject.Kind == "" {
				one, err := findFlag(ctx, logs, args[i])
				if err != nil {
					return err
				}
				list[i].Subject = one.Subject
			}
		}
		results, err := logs.DecideAll(ctx, list)
		if printErr := printDecided(cmd, list, results, logs.Location()); err == nil {
			return printErr
		}
		return asFlag(err, decisionParams)
	}, nil
}

// readDecision reads a decision from the flags, without a subject.
func readDecision(cmd *cobra.Command, kind record.DecisionKind) (d record.DecisionRequest, err error) {
	d.Decision, d.By = kind, "command line"
	d.Note, _ = cmd.Flags().GetString("note")
	if text, _ := cmd.Flags().GetString("for"); text != "" {
		if d.For, err = query.ParseDecisionTime(text); err != nil {
			return d, asFlag(err, decisionParams)
		}
	}
	trial := d
	trial.Subject = record.FlagSubject{Kind: record.AddressSubject, Value: "192.0.2.1"}
	if err := trial.Check(); err != nil {
		return d, asFlag(err, decisionParams)
	}
	return d, nil
}

// decisionsAbout makes a decision of each argument. One that confirms or rejects a flag
// gets no subject yet: it is that of an existing flag.
func decisionsAbout(about record.DecisionRequest, args []string) ([]record.DecisionRequest, error) {
	list := make([]record.DecisionRequest, len(args))
	for i, arg := range args {
		list[i] = about
		subject, err := record.ParseFlagSubject(arg)
		switch {
		case about.Decision == record.DecideConfirm || about.Decision == record.DecideFalsePositive:
			if err != nil {
				if err := checkID(arg); err != nil {
					return nil, err
				}
			}
		case err != nil:
			return nil, command.Usage(err)
		default:
			list[i].Subject = subject
		}
	}
	return list, nil
}

// printDecided prints the result of each decision. It returns an error if one was not
// made.
func printDecided(cmd *cobra.Command, list []record.DecisionRequest, results []service.Decided, loc *time.Location) error {
	failed := len(list) - len(results)
	for i, r := range results[:min(len(list), len(results))] {
		if r.Err != nil {
			failed++
			command.PrintError(fmt.Errorf("%s: %w", display.Visible(list[i].Subject.Value), r.Err))
			continue
		}
		if wantsJSON(cmd) {
			if err := printJSON(os.Stdout, r.Flag.In(loc)); err != nil {
				return err
			}
			continue
		}
		fmt.Println(flagLine(&r.Flag, loc))
	}
	if failed > 0 {
		return fmt.Errorf("%d of %s not made, or not stored", failed, command.Count(len(list), "decision was", "decisions were"))
	}
	return nil
}
