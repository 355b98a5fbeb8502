package service

import (
	"context"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Requests returns a page of requests, newest first, and the cursor of the next
// page, which is empty if there is none.
func (l *Logs) Requests(ctx context.Context, q query.Requests) ([]record.Request, string, error) {
	log, err := l.serverLog()
	if err != nil {
		return nil, "", err
	}
	return log.Requests(ctx, q)
}

// EachRequest calls yield for every request that matches, newest first, until yield
// returns an error. A request may be overwritten once yield has returned.
func (l *Logs) EachRequest(ctx context.Context, q query.Requests, yield func(*record.Request) error) error {
	log, err := l.serverLog()
	if err != nil {
		return err
	}
	return log.Each(ctx, q, yield)
}

// Summary counts the requests that match, over time and by their properties.
func (l *Logs) Summary(ctx context.Context, q query.Summary) (record.Summary, error) {
	log, err := l.serverLog()
	if err != nil {
		return record.Summary{}, err
	}
	return log.Summary(ctx, q)
}

// Failures returns the failed requests that match in groups.
func (l *Logs) Failures(ctx context.Context, q query.Failures) ([]record.FailureGroup, error) {
	log, err := l.serverLog()
	if err != nil {
		return nil, err
	}
	return log.Failures(ctx, q)
}
