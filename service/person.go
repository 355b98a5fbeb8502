package service

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/audit"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/retention"
)

// PersonRequest names the person whom an export or an erasure is about. The admin
// endpoint takes it in the body, because addresses of requests end up in logs.
type PersonRequest struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	// DryRun only counts what an erasure would do.
	DryRun bool `json:"dry_run"`
}

// Person returns the person without empty fields.
func (p PersonRequest) Person() (who query.Person) {
	if p.ID != "" {
		who.IDs = []string{p.ID}
	}
	if p.Email != "" {
		who.Emails = []string{p.Email}
	}
	return who
}

// ExportPerson writes every entry about a person as a line of JSON, oldest first. The
// audit entry is on the disk before the first line is written.
func (l *Logs) ExportPerson(ctx context.Context, p query.Person, w io.Writer) error {
	log, err := l.readable(ctx)
	if err != nil {
		return err
	}
	if err := l.Note(ctx, audit.PersonExported()); err != nil {
		return err
	}
	return retention.ExportPerson(ctx, log, p, func(e *record.Event) error {
		line, err := json.Marshal(e.In(l.o.Location))
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		_, err = w.Write(append(display.VisibleJSON(line), '\n'))
		return err
	})
}

// ErasePerson anonymizes every entry about a person, deletes their flags, and writes
// an audit entry. Once begun, it goes on when ctx ends. A dry run only counts.
func (l *Logs) ErasePerson(ctx context.Context, p query.Person, dryRun bool) (done retention.Forgotten, err error) {
	log, err := l.readable(ctx)
	if err != nil {
		return done, err
	}
	ctx = context.WithoutCancel(ctx)
	if done, err = retention.ErasePerson(ctx, log, p, dryRun); err != nil || dryRun {
		return done, err
	}
	if err := l.o.Detector.Forget(ctx, retention.FlagsOf(done.Person)); err != nil {
		return done, err
	}
	return done, l.Note(ctx, audit.PersonErased(done.Entries))
}
