package backend

import (
	"context"
	"net/url"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/audit"
	"github.com/gatebook/gatebook/record/query"
)

// Learned returns what was learned about the application.
func (d *Directory) Learned(ctx context.Context, params url.Values) (record.LearnedList, error) {
	q, err := query.ParseLearned(params)
	if err != nil {
		return record.LearnedList{}, err
	}
	return d.logs.Learned(ctx, q)
}

// Correct makes a correction and writes its audit entry.
func (d *Directory) Correct(ctx context.Context, c record.Correction) error {
	if err := d.logs.Correct(ctx, c); err != nil {
		return err
	}
	return d.logs.Note(ctx, audit.Corrected(c))
}

// UndoCorrection takes a correction back and writes its audit entry.
func (d *Directory) UndoCorrection(ctx context.Context, c record.Correction) error {
	if err := d.logs.UndoCorrection(ctx, c); err != nil {
		return err
	}
	return d.logs.Note(ctx, audit.CorrectionUndone(c.Kind))
}

// Teach has the detection learn from past requests, and writes an audit entry.
func (d *Directory) Teach(ctx context.Context, teach func(*abuse.Detector) (requests int, err error)) error {
	requests := 0
	err := d.logs.Teach(ctx, func(detector *abuse.Detector) (err error) {
		requests, err = teach(detector)
		return err
	})
	if err != nil {
		return err
	}
	return d.logs.Note(ctx, audit.LearnedFromLogs(requests))
}
