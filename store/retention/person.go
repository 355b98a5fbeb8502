package retention

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/applog/ledger"
)

// Forgotten is what was done about a person. It names them only by what the log
// had of them, for the caller.
type Forgotten struct {
	DryRun  bool         `json:"dry_run"`
	Person  query.Person `json:"person"`
	Entries int          `json:"entries"`
}

// learn completes a person with the ids and addresses that the log has of them.
func learn(ctx context.Context, l *applog.Log, p query.Person) (query.Person, error) {
	p.IDs, p.Emails = slices.Clone(p.IDs), slices.Clone(p.Emails)
	if len(p.IDs)+len(p.Emails) == 0 {
		return p, errors.New("nobody is named: give an id or an e-mail address")
	}
	// An address leads to ids, and these to further addresses, but those to
	// nobody else: a mailbox may be shared.
	for _, step := range []func(*query.Person, *record.Event){(*query.Person).LearnID, (*query.Person).LearnEmail} {
		err := l.EachEvent(ctx, func(e *record.Event) error { step(&p, e); return nil })
		if err != nil {
			return p, fmt.Errorf("looking for the person: %w", err)
		}
	}
	return p, nil
}

// ExportPerson calls yield for every entry about a person, oldest number first.
func ExportPerson(ctx context.Context, l *applog.Log, p query.Person, yield func(*record.Event) error) error {
	p, err := learn(ctx, l, p)
	if err != nil {
		return err
	}
	return l.EachEvent(ctx, func(e *record.Event) error {
		if !p.About(e) {
			return nil
		}
		return yield(e)
	})
}

// ErasePerson anonymizes every entry about a person, now: when it returns, no
// file holds what it took away. Fields that were declared impersonal and mention
// one of the person's addresses go as well.
func ErasePerson(ctx context.Context, l *applog.Log, p query.Person, dryRun bool) (Forgotten, error) {
	p, err := learn(ctx, l, p)
	if err != nil {
		return Forgotten{}, err
	}
	done := Forgotten{DryRun: dryRun, Person: p}
	var entries []ledger.Erasure
	err = l.EachEvent(ctx, func(e *record.Event) error {
		if fields := p.Mentions(e); p.About(e) && (!e.Anonymized || len(fields) > 0) {
			entries = append(entries, ledger.NewErasure(e, fields))
		}
		return nil
	})
	done.Entries = len(entries)
	if err != nil || dryRun {
		return done, err
	}
	err = l.DropFlags(ctx, FlagsOf(p))
	if err != nil {
		return done, err
	}
	return done, l.Forget(ctx, entries)
}

// FlagsOf are a person's flags: those of accounts are called by what people log in
// with.
func FlagsOf(p query.Person) func(*record.Flag) bool {
	return func(f *record.Flag) bool { return f.Subject.Kind == record.AccountSubject && p.Is(f.Subject.Value) }
}
