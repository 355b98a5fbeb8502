package service

import (
	"context"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/audit"
)

// Decide makes a decision and returns the flag of its subject. It is in force and on
// the disk when Decide returns. An invalid decision is a [*record.ParamError].
func (l *Logs) Decide(ctx context.Context, what record.DecisionRequest) (record.Flag, error) {
	log, err := l.appLog()
	if err != nil {
		return record.Flag{}, err
	}
	if err := what.Check(); err != nil {
		return record.Flag{}, err
	}
	if err := l.o.Detector.Decide(ctx, what); err != nil {
		return record.Flag{}, err
	}
	f, err := log.Flag(ctx, abuse.FlagID(what.Subject))
	return f.At(time.Now()), err
}

// Decided is the result of one of several decisions: a flag without its evidence, or
// an error.
type Decided struct {
	Flag record.Flag
	Err  error
}

// DecideAll makes each decision that can be made, in the order of list, and writes
// one audit entry about them.
func (l *Logs) DecideAll(ctx context.Context, list []record.DecisionRequest) (all []Decided, err error) {
	if _, err := l.readable(ctx); err != nil {
		return nil, err
	}
	var made []record.DecisionRequest
	for _, what := range list {
		var one Decided
		if one.Flag, one.Err = l.Decide(ctx, what); one.Err == nil {
			made = append(made, what)
		}
		one.Flag.Evidence = nil
		all = append(all, one)
	}
	if len(made) == 0 {
		return all, nil
	}
	entry, err := audit.Decisions(made, len(list))
	if err == nil {
		err = l.Note(ctx, entry)
	}
	return all, err
}
