package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog"
)

// What follows reads and decides flags where no server uses the directory. A server
// that is started on it later finds them.

func (d *directory) flags(ctx context.Context, params url.Values) ([]record.Flag, string, error) {
	q, err := query.ParseFlags(params, time.Now(), d.location())
	if err != nil {
		return nil, "", err
	}
	if d.AppLog == nil {
		return nil, "", d.AppLogErr
	}
	return d.AppLog.Flags(ctx, q)
}

func (d *directory) flag(ctx context.Context, id string) (one record.FlagCase, err error) {
	log, err := d.reading(ctx)
	if err != nil {
		return one, err
	}
	if one.Flag, err = log.Flag(ctx, id); err != nil {
		return one, err
	}
	one.Logins = []record.Event{}
	for _, seq := range slices.Backward(one.LoginSeqs) {
		e, err := log.Event(ctx, seq)
		switch {
		case err == nil && e.Category == "login":
			one.Logins = append(one.Logins, e)
		case err != nil && !errors.Is(err, record.ErrNotFound): // one that is gone was too old
			return one, err
		}
	}
	return one, nil
}

// decide has a detector decide that knows the flags and nothing else.
func (d *directory) decide(ctx context.Context, list []record.DecisionRequest) (all []decided, err error) {
	log, err := d.reading(ctx)
	if err != nil {
		return nil, err
	}
	detector, err := abuse.New(abuse.Config{})
	if err != nil {
		return nil, err
	}
	var flags []record.Flag
	err = log.EachFlag(ctx, func(f *record.Flag) error {
		flags = append(flags, *f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	detector.Restore(flags, time.Now())
	var made []record.DecisionRequest
	for _, what := range list {
		var one decided
		if one.flag, one.err = decideIn(ctx, log, detector, what); one.err == nil {
			made = append(made, what)
		}
		all = append(all, one)
	}
	if len(made) == 0 {
		return all, nil
	}
	note, err := plugin.DecidedNote(made, len(list))
	if err == nil {
		err = plugin.Note(ctx, log, note)
	}
	return all, err
}

func decideIn(ctx context.Context, log *applog.Log, detector *abuse.Detector, what record.DecisionRequest) (f record.Flag, err error) {
	if err := what.Check(); err != nil {
		return f, err
	}
	now := time.Now().UTC()
	if f, err = log.Flag(ctx, abuse.FlagID(what.Subject)); err == nil {
		detector.Restore([]record.Flag{f}, now) // it may have been forgotten among very many
	} else if !errors.Is(err, record.ErrNotFound) {
		return f, err
	}
	if f, err = detector.Decide(what.Subject, plugin.DecisionOf(what, abuse.FirstBan, now), now); err != nil {
		return f, err
	}
	changed := detector.TakeChanged() // to clear a range changes those in it
	for i := range changed {
		changed[i].Changed = now
	}
	if err := log.PutFlags(ctx, changed...); err != nil {
		return f, fmt.Errorf("storing the decision: %w", err)
	}
	f.Changed = now
	return f, nil
}

func (d *directory) bans(ctx context.Context, format banlist.Format, out io.Writer) error {
	if d.AppLog == nil {
		return d.AppLogErr
	}
	var flags []record.Flag
	err := d.AppLog.EachFlag(ctx, func(f *record.Flag) error {
		flags = append(flags, *f)
		return nil
	})
	if err != nil {
		return err
	}
	at := time.Now().In(d.location())
	return banlist.List{Instance: d.name, At: at, Bans: banlist.Of(flags, at)}.Write(out, format)
}
