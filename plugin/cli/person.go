package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/service"
)

func setPerson(cmd *cobra.Command) {
	cmd.Long = `Answers what people may ask for: all that the application log has about them
(GDPR, article 15), and that it be erased (article 17).

An entry is about somebody who initiated it, whom it lists among its persons,
who is its subject, or whose e-mail address it mentions. An e-mail address leads
to the ids that were used with it, and these to their other addresses.`
	command.Set(cmd, (*cobra.Command).Help)
	export := &cobra.Command{Use: "export", Short: "Print all that is kept about somebody, as NDJSON"}
	addPersonFlags(export)
	setOnLogs(export, exportPerson)
	erase := &cobra.Command{Use: "erase", Short: "Anonymize all that is kept about somebody, now and for good"}
	addPersonFlags(erase)
	erase.Flags().Bool("dry-run", false, "only say what would be done")
	setOnLogs(erase, erasePerson)
	cmd.AddCommand(export, erase)
}

func addPersonFlags(cmd *cobra.Command) {
	cmd.Flags().String("id", "", "the person's id in the application")
	cmd.Flags().String("email", "", "an e-mail address of theirs")
}

// readPerson reads from the flags whom the command is about.
func readPerson(cmd *cobra.Command) (p service.PersonRequest, err error) {
	p.ID, _ = cmd.Flags().GetString("id")
	p.Email, _ = cmd.Flags().GetString("email")
	if (p.ID == "") == (p.Email == "") {
		return p, command.Usagef("say who is meant, with --id or with --email")
	}
	if p.Email != "" && !strings.Contains(p.Email, "@") {
		return p, command.Usagef("--email %q is no e-mail address; an id is given with --id", p.Email)
	}
	return p, nil
}

func exportPerson(cmd *cobra.Command) (action, error) {
	p, err := readPerson(cmd)
	return func(ctx context.Context, logs backend.Logs) error {
		out := bufio.NewWriter(os.Stdout)
		return errors.Join(logs.ExportPerson(ctx, p, out), out.Flush())
	}, err
}

func erasePerson(cmd *cobra.Command) (action, error) {
	p, err := readPerson(cmd)
	if err != nil {
		return nil, err
	}
	p.DryRun, _ = cmd.Flags().GetBool("dry-run")
	return func(ctx context.Context, logs backend.Logs) error {
		done, err := logs.ErasePerson(ctx, p)
		if err != nil {
			return err
		}
		if wantsJSON(cmd) {
			return json.NewEncoder(os.Stdout).Encode(done)
		}
		verb := "anonymized"
		if done.DryRun {
			verb = "would anonymize"
		}
		_, err = fmt.Printf("%s %s about %s\n", verb, command.Count(done.Entries, "entry", "entries"),
			strings.Join(append(done.Person.IDs, done.Person.Emails...), ", "))
		return err
	}, nil
}
