package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/serverlog"
)

// The bar, and how much there is to take in.
const (
	mostIngest = 1.6 // µs of CPU a record
	ingestRate = 25_000
	ingestRuns = 3
)

// ingest measures what a record costs from Record to a full block: the CPU time
// of a process that makes requests and records them, without that of one that
// only makes them.
func (r *run) ingest() error {
	n := min(r.records, 12*ingestRate)
	var with, without []float64
	for i := range r.rounds(ingestRuns) {
		for _, dir := range []string{"", r.path(fmt.Sprintf("ingest-%d", i))} {
			took, err := r.child(job{role: "ingest", dir: dir, form: full, records: n, rate: ingestRate}, &nothing{})
			if err != nil {
				return err
			}
			micros := took.cpu.Seconds() * 1e6 / float64(n)
			if dir == "" {
				without = append(without, micros)
			} else {
				with = append(with, micros)
			}
		}
	}
	cost := median(differences(with, without))
	t := newTable("Ingest: CPU, all in", "", "µs a record", "bar", "")
	t.add("recorded, named, written, sealed", fmt.Sprintf("%.2f", cost), fmt.Sprintf("%.1f", mostIngest), bar(cost, mostIngest))
	t.note("%d records with every field, %d a second; making them took %.2f µs each, which is not in it.", n, ingestRate, median(without))
	t.print(r.out)
	return nil
}

func ingestJob(ctx context.Context, j job) (any, error) {
	if j.dir == "" {
		return nothing{}, pour(ctx, nil, j)
	}
	s, err := openStore(j.dir)
	if err != nil {
		return nil, err
	}
	err = pour(ctx, s.ServerLog, j)
	if err == nil {
		err = s.ServerLog.Seal(ctx)
	}
	return nothing{}, errors.Join(err, s.Close())
}

// pour makes requests at a rate and records them in log, if there is one.
func pour(ctx context.Context, log *serverlog.Log, j job) error {
	const tick = 10 * time.Millisecond
	portion := max(1, int(float64(j.rate)*tick.Seconds()))
	began, n := time.Now(), 0
	for r := range synthetic(j.form, j.seed, j.records) {
		if log != nil {
			if err := put(ctx, log, r); err != nil {
				return err
			}
		}
		if n++; n%portion == 0 {
			time.Sleep(time.Until(began.Add(time.Duration(n/portion) * tick)))
		}
	}
	return nil
}

// put records r, waiting where a gate would drop it.
func put(ctx context.Context, log *serverlog.Log, r *record.Request) error {
	for !log.Record(r) {
		if err := log.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}
