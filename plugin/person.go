package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/retention"
)

// AskedPerson is whom an export or an erasure is about, as the admin endpoint is
// asked: in the body, since addresses of requests end up in logs.
type AskedPerson struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	// DryRun only counts what an erasure would do.
	DryRun bool `json:"dry_run"`
}

// Person is the same without what is empty.
func (p AskedPerson) Person() (who query.Person) {
	if p.ID != "" {
		who.IDs = []string{p.ID}
	}
	if p.Email != "" {
		who.Emails = []string{p.Email}
	}
	return who
}

func readPerson(r *http.Request) (p AskedPerson, err error) {
	body := json.NewDecoder(io.LimitReader(r.Body, 16<<10))
	body.DisallowUnknownFields()
	if err := body.Decode(&p); err != nil {
		return p, wrongJob(fmt.Errorf(`the body must be {"id":"…"} or {"email":"…"}: %w`, err))
	}
	if p.ID == "" && p.Email == "" {
		return p, wrongJob(errors.New("nobody is named: give an id or an email"))
	}
	return p, nil
}

// erasePerson anonymizes all that is about somebody.
func (in *instance) erasePerson(r *http.Request) (any, error) {
	p, err := readPerson(r)
	if err != nil {
		return nil, err
	}
	log, err := in.reading(r.Context())
	if err != nil {
		return nil, unavailable(err)
	}
	// Once begun it is not to end half-way because the asker left.
	ctx := context.WithoutCancel(r.Context())
	done, err := retention.ErasePerson(ctx, log, p.Person(), p.DryRun)
	if b := in.books.Load(); err == nil && !p.DryRun && b != nil {
		err = b.detection.forget(ctx, retention.FlagsOf(done.Person))
	}
	if err == nil && !p.DryRun {
		err = in.Note(ctx, ErasedNote(done))
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return done, nil
}

// servePersonExport streams all that is about somebody.
func (in *instance) servePersonExport(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: fmt.Errorf("%s is not answered here; use POST", r.Method)}
	}
	p, err := readPerson(r)
	if err != nil {
		return err
	}
	log, err := in.reading(r.Context())
	if err != nil {
		return unavailable(err)
	}
	// What leaves the house leaves a trace first.
	if err := in.Note(r.Context(), ExportedNote()); err != nil {
		return unavailable(err)
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	out := begun{Writer: w}
	err = WritePerson(r.Context(), &out, log, p.Person(), in.Location())
	if err != nil && out.wrote {
		// Only a connection that breaks tells that this is not all.
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// begun knows whether anything was written.
type begun struct {
	io.Writer
	wrote bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.wrote = true
	return b.Writer.Write(p)
}

// WritePerson writes all that is about somebody, an entry a line, in the
// instance's time zone.
func WritePerson(ctx context.Context, w io.Writer, log *applog.Log, p query.Person, loc *time.Location) error {
	return retention.ExportPerson(ctx, log, p, func(e *record.Event) error {
		line, err := json.Marshal(e.In(loc))
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		_, err = w.Write(append(display.VisibleJSON(line), '\n'))
		return err
	})
}

// ErasedNote is the entry that an erasure leaves. It names nobody.
func ErasedNote(done retention.Forgotten) record.Event {
	return record.Event{
		Type:       "person.erased",
		Text:       fmt.Sprintf("Everything about one person was anonymized: %d entries.", done.Entries),
		Key:        "gatebook.person_erased",
		Params:     map[string]string{"entries": strconv.Itoa(done.Entries)},
		Impersonal: []string{"text", "params"},
	}
}

// ExportedNote is the entry that the export of a person leaves. It names nobody.
func ExportedNote() record.Event {
	return record.Event{
		Type:       "person.exported",
		Text:       "Everything about one person was exported.",
		Key:        "gatebook.person_exported",
		Impersonal: []string{"text", "params"},
	}
}
