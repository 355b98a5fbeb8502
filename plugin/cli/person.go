package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store/retention"
)

// personBooks give and erase what is kept about somebody.
type personBooks interface {
	exportPerson(context.Context, service.PersonRequest, io.Writer) error
	erasePerson(context.Context, service.PersonRequest) (retention.Forgotten, error)
}

func setPerson(cmd *cobra.Command) {
	cmd.Long = `Answers what people may ask for: all that the application log has about them
(GDPR, article 15), and that it be erased (article 17).

An entry is about somebody who initiated it, whom it lists among its persons,
who is its subject, or whose e-mail address it mentions. An e-mail address leads
to the ids that were used with it, and these to their other addresses.`
	run(cmd, (*cobra.Command).Help)
	export := &cobra.Command{Use: "export", Short: "Print all that is kept about somebody, as NDJSON"}
	addPersonFlags(export)
	run(export, exportPerson)
	erase := &cobra.Command{Use: "erase", Short: "Anonymize all that is kept about somebody, now and for good"}
	addPersonFlags(erase)
	erase.Flags().Bool("dry-run", false, "only say what would be done")
	run(erase, erasePerson)
	cmd.AddCommand(export, erase)
}

func addPersonFlags(cmd *cobra.Command) {
	addBookFlags(cmd)
	cmd.Flags().String("id", "", "the person's id in the application")
	cmd.Flags().String("email", "", "an e-mail address of theirs")
}

func askedPerson(cmd *cobra.Command) (p service.PersonRequest, err error) {
	p.ID, _ = cmd.Flags().GetString("id")
	p.Email, _ = cmd.Flags().GetString("email")
	if (p.ID == "") == (p.Email == "") {
		return p, usageError{errors.New("say who is meant, with --id or with --email")}
	}
	if p.Email != "" && !strings.Contains(p.Email, "@") {
		return p, usageError{fmt.Errorf("--email %q is no e-mail address; an id is given with --id", p.Email)}
	}
	return p, nil
}

func exportPerson(cmd *cobra.Command) error {
	p, err := askedPerson(cmd)
	if err != nil {
		return err
	}
	b, err := openBooks(cmd)
	if err != nil {
		return err
	}
	defer b.close()
	out := bufio.NewWriter(os.Stdout)
	return errors.Join(b.exportPerson(cmd.Context(), p, out), out.Flush())
}

func erasePerson(cmd *cobra.Command) error {
	p, err := askedPerson(cmd)
	if err != nil {
		return err
	}
	p.DryRun, _ = cmd.Flags().GetBool("dry-run")
	b, err := openBooks(cmd)
	if err != nil {
		return err
	}
	defer b.close()
	done, err := b.erasePerson(cmd.Context(), p)
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
	_, err = fmt.Printf("%s %s about %s\n", verb, countedAs(done.Entries, "entry", "entries"),
		strings.Join(append(done.Person.IDs, done.Person.Emails...), ", "))
	return err
}

func countedAs(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strings.TrimSuffix(counted(uint64(n), ""), " s") + " " + many
}

func (d *directory) exportPerson(ctx context.Context, p service.PersonRequest, out io.Writer) error {
	return d.logs.ExportPerson(ctx, p.Person(), out)
}

func (d *directory) erasePerson(ctx context.Context, p service.PersonRequest) (retention.Forgotten, error) {
	return d.logs.ErasePerson(ctx, p.Person(), p.DryRun)
}

func (s *server) exportPerson(ctx context.Context, p service.PersonRequest, out io.Writer) error {
	res, err := s.sendPerson(ctx, "export", p)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return readAnswer(res, nil)
	}
	if _, err := io.Copy(out, res.Body); err != nil {
		return fmt.Errorf("reading the answer, which is not whole: %w", err)
	}
	return nil
}

func (s *server) erasePerson(ctx context.Context, p service.PersonRequest) (done retention.Forgotten, err error) {
	res, err := s.sendPerson(ctx, "erase", p)
	if err != nil {
		return done, err
	}
	return done, readAnswer(res, &done)
}

func (s *server) sendPerson(ctx context.Context, what string, p service.PersonRequest) (*http.Response, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return s.send(ctx, http.MethodPost, s.instance+"/person/"+what, nil, body)
}
