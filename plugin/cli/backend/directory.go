package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/retention"
	"github.com/gatebook/gatebook/store/serverlog"
)

// Directory is an instance's directory that no server uses.
type Directory struct {
	store *store.Store
	logs  *service.Logs
	// Created reports that the directory was made when it was opened.
	Created bool
}

// openDirectory opens an instance's directory, or the one in a data directory. With
// create it makes one where there is nothing.
func openDirectory(dir, name string, create bool) (*Directory, error) {
	create = create && isEmpty(dir)
	find := instanceDir
	if create {
		find = makeInstanceDir
	}
	instance, err := find(dir, name)
	if err != nil {
		return nil, err
	}
	for _, log := range missingLogs(instance, create) {
		command.PrintError(fmt.Errorf("%s is missing, and begins anew; restore it from a backup if it should be there", log))
	}
	s, err := store.Open(instance, store.Options{Instance: filepath.Base(instance), Name: plugin.Name})
	if err != nil {
		return nil, err
	}
	return &Directory{s, service.New(s, service.Options{Instance: filepath.Base(instance), Location: time.Local}), create}, nil
}

// missingLogs returns the logs that should be in a directory and are not.
func missingLogs(instance string, created bool) []string {
	if created {
		return nil
	}
	return store.MissingLogs(instance)
}

// instanceDir finds the instance's directory below dir, or dir itself. It never makes
// one.
func instanceDir(dir, name string) (string, error) {
	if isInstance(dir) {
		abs, err := filepath.Abs(dir)
		if err == nil && name != "" && name != filepath.Base(abs) {
			return "", fmt.Errorf("%s holds the instance %q, not %q", dir, filepath.Base(abs), name)
		}
		return abs, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("reading the data directory: %w", err)
	}
	var found []string
	for _, e := range entries {
		if isInstance(filepath.Join(dir, e.Name())) {
			found = append(found, e.Name())
		}
	}
	switch {
	case len(found) == 0:
		return "", fmt.Errorf("%s holds no instance's books; give the directory that data_dir names", dir)
	case name == "" && len(found) == 1:
		name = found[0]
	case name == "":
		return "", command.Usagef("%s holds several instances; give --instance, one of %s", dir, strings.Join(found, ", "))
	case !isInstance(filepath.Join(dir, name)):
		return "", fmt.Errorf("%s holds no instance %q; there are: %s", dir, name, strings.Join(found, ", "))
	}
	return filepath.Abs(filepath.Join(dir, name))
}

func isInstance(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, store.MarkerName))
	return err == nil
}

// Requests returns a page of the server log.
func (d *Directory) Requests(ctx context.Context, params url.Values) ([]record.Request, string, error) {
	q, err := query.ParseRequests(params, time.Now(), d.Location())
	if err != nil {
		return nil, "", err
	}
	return d.logs.Requests(ctx, q)
}

// AllRequests reads all requests that match in one go: page by page, the log would be
// searched thousands of times.
func (d *Directory) AllRequests(ctx context.Context, params url.Values, write func(...record.Request) error) error {
	q, err := query.ParseRequests(params, time.Now(), d.Location())
	if err != nil {
		return err
	}
	some := batch{write: write}
	err = d.logs.EachRequest(ctx, q, func(r *record.Request) error { return some.add(r.Clone()) })
	return errors.Join(err, some.flush())
}

// Events returns a page of the application log.
func (d *Directory) Events(ctx context.Context, params url.Values) ([]record.Event, string, error) {
	q, err := query.ParseEvents(params, time.Now(), d.Location())
	if err != nil {
		return nil, "", err
	}
	return d.logs.Events(ctx, q)
}

// Failures returns failed requests in groups.
func (d *Directory) Failures(ctx context.Context, params url.Values) ([]record.FailureGroup, error) {
	q, err := query.ParseFailures(params, time.Now(), d.Location())
	if err != nil {
		return nil, err
	}
	return d.logs.Failures(ctx, q)
}

// Flags returns a page of the review queue.
func (d *Directory) Flags(ctx context.Context, params url.Values) ([]record.Flag, string, error) {
	q, err := query.ParseFlags(params, time.Now(), d.Location())
	if err != nil {
		return nil, "", err
	}
	return d.logs.Flags(ctx, q)
}

// Flag returns a flag with its evidence.
func (d *Directory) Flag(ctx context.Context, id string) (record.FlagCase, error) {
	return d.logs.Flag(ctx, id)
}

// DecideAll makes decisions. A server that opens the directory later enforces them.
func (d *Directory) DecideAll(ctx context.Context, list []record.DecisionRequest) ([]service.Decided, error) {
	return d.logs.DecideAll(ctx, list)
}

// WriteBans writes what is banned now.
func (d *Directory) WriteBans(ctx context.Context, format banlist.Format, out io.Writer) error {
	list, err := d.logs.Bans(ctx, time.Now())
	if err != nil {
		return err
	}
	return list.Write(out, format)
}

// ExportPerson writes every entry about a person.
func (d *Directory) ExportPerson(ctx context.Context, p service.PersonRequest, out io.Writer) error {
	return d.logs.ExportPerson(ctx, p.Person(), out)
}

// ErasePerson anonymizes every entry about a person.
func (d *Directory) ErasePerson(ctx context.Context, p service.PersonRequest) (retention.Forgotten, error) {
	return d.logs.ErasePerson(ctx, p.Person(), p.DryRun)
}

// Imported returns how much of an import is stored.
func (d *Directory) Imported(ctx context.Context, id string) (serverlog.ImportCheckpoint, error) {
	return d.logs.Imported(ctx, id)
}

// Import stores a chunk.
func (d *Directory) Import(ctx context.Context, c service.ImportChunk) error {
	err := d.logs.Import(ctx, c)
	if errors.Is(err, serverlog.ErrImportGap) {
		return errOtherImport
	}
	return err
}

// SealImport merges what was imported into large blocks.
func (d *Directory) SealImport(ctx context.Context) error { return d.logs.SealImport(ctx) }

// Health returns the state of both logs.
func (d *Directory) Health(context.Context) (record.Health, error) { return d.logs.Health(), nil }

// Check reads everything that is stored.
func (d *Directory) Check(ctx context.Context) (store.Checked, error) { return d.logs.Check(ctx) }

// Retain deletes what has expired by p.
func (d *Directory) Retain(ctx context.Context, p *retention.Policy, dryRun bool) (retention.Report, error) {
	if p == nil {
		return retention.Report{}, command.Usagef("no server uses this directory, so nobody knows how long requests are kept; give --retention 30d, and --full-ip 7d if addresses are to be shortened")
	}
	return d.logs.Retain(ctx, *p, dryRun)
}

// Location is this machine's time zone.
func (d *Directory) Location() *time.Location { return d.logs.Location() }

// Close closes the directory.
func (d *Directory) Close() error { return d.store.Close() }
