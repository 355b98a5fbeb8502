package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/applog"
)

// The bars, in milliseconds of CPU over a million entries: of a first page or a
// count, and of those of which everything has to be searched.
const (
	mostPage  = 200
	mostWorst = 1000
	mostCount = 10_000
)

// search is a question about the application log.
type search struct {
	name  string
	most  float64
	query query.Events
}

func theSearches() []search {
	words := func(list ...string) query.EventFilter { return query.EventFilter{Words: list} }
	only := func(f query.EventFilter) query.Events { return query.Events{EventFilter: f} }
	return []search{
		{"everything", mostPage, query.Events{}},
		{"category", mostPage, only(query.EventFilter{Categories: []string{"booking"}})},
		{"subject", mostPage, only(query.EventFilter{Subjects: []string{"User:17"}})},
		{"initiator", mostPage, only(query.EventFilter{Initiators: []string{"person17@example.com"}})},
		{"type", mostPage, only(query.EventFilter{Types: []string{"booking.deleted"}})},
		{"all types of a noun", mostPage, only(query.EventFilter{Types: []string{"lock.*"}})},
		{"outcome", mostPage, only(query.EventFilter{Outcomes: []string{record.OutcomeDenied}})},
		{"a month", mostPage, query.Events{From: corpus.EventsFrom.AddDate(0, 1, 0), To: corpus.EventsFrom.AddDate(0, 2, 0)}},
		{"not a type", mostPage, query.Events{Not: query.EventFilter{Types: []string{"booking.*"}}}},
		{"category and a common word", mostPage, only(query.EventFilter{Categories: []string{"booking"}, Words: []string{corpus.CommonWord}})},
		{"a rare word", mostPage, only(words(corpus.RareWord))},
		{"initiator and outcome, never together", mostPage, only(query.EventFilter{Initiators: []string{corpus.NeverDenied}, Outcomes: []string{record.OutcomeDenied}})},
		{"category and type, never together", mostPage, only(query.EventFilter{Categories: []string{"login"}, Types: []string{"booking.created"}})},
		{"a word that occurs nowhere", mostWorst, only(words(corpus.MissingWord))},
		{"the same, not ASCII", mostWorst, only(words(corpus.ForeignWord))},
		{"one letter that occurs nowhere, not ASCII", mostWorst, only(words("ø̄"))},
		{"two common words, never together", mostWorst, only(words(corpus.OneWord, corpus.AnotherWord))},
		{"a word of everything, but not of its type", mostWorst, query.Events{EventFilter: words("person"), Not: words("e")}},
	}
}

// searched is how a search went.
type searched struct {
	Rows, Counted int
	Page, Count   float64
	Memory        int64
}

// filled is how the log of events was made.
type filled struct {
	Micros float64 // of CPU an event
}

// search measures the CPU time of first pages and counts over the application log,
// and what an entry costs.
func (r *run) search() error {
	dir := r.path("events")
	var fill filled
	if _, err := r.child(job{role: "fill", dir: dir, records: r.records}, &fill); err != nil {
		return err
	}
	onDisk, content, err := sizes(filepath.Join(dir, "app"))
	if err != nil {
		return err
	}
	var answers []searched
	j := job{role: "search", dir: dir, records: r.records, rate: r.rounds(7), maxProcs: 1}
	if _, err := r.child(j, &answers); err != nil {
		return err
	}
	t := newTable(fmt.Sprintf("Search: %d entries, ms of CPU on one core, warm", r.records),
		"question", "rows", "first page", "bar", "", "counted", "count", "")
	least, most := answers[0].Memory, answers[0].Memory
	for i, q := range theSearches() {
		a := answers[i]
		least, most = min(least, a.Memory), max(most, a.Memory)
		t.add(q.name, fmt.Sprint(a.Rows), fmt.Sprintf("%.1f", a.Page), fmt.Sprintf("%.0f", q.most), bar(a.Page, q.most),
			fmt.Sprint(a.Counted), fmt.Sprintf("%.1f", a.Count), bar(a.Count, q.most))
	}
	per := func(size int64) float64 { return float64(size) / float64(r.records) }
	t.note("Counts go up to %d. While it was asked, the process held %s to %s more than nothing, what Badger does in the background included.",
		mostCount, megabytes(least), megabytes(most))
	t.note("An entry takes %.0f bytes on the disk (du), %.0f in files. Taking it in, in batches, cost %.1f µs of CPU, its part of a block included.", per(onDisk), per(content), fill.Micros)
	t.print(r.out)
	return nil
}

// openEvents opens a store whose server log names no user agents: what that takes
// is not asked for here.
func openEvents(dir string) (*store.Store, error) {
	return store.Open(dir, store.Options{Instance: "bench"})
}

// fillJob makes a log of events.
func fillJob(ctx context.Context, j job) (any, error) {
	const batch = 400
	s, err := openEvents(j.dir)
	if err != nil {
		return nil, err
	}
	log, list, making := corpus.NewEvents(j.seed, j.records), make([]record.Event, 0, batch), time.Duration(0)
	for more := true; more && err == nil; {
		began := cpuHere()
		for list = list[:0]; len(list) < batch && more; {
			var e record.Event
			if more = log.Next(&e); more {
				list = append(list, e)
			}
		}
		making += cpuHere() - began
		err = s.AppLog.Append(ctx, list...)
	}
	quiet(ctx)
	spent := cpuHere() - making
	return filled{spent.Seconds() * 1e6 / float64(j.records)}, errors.Join(err, s.Close())
}

// quiet waits until the process has come to rest: blocks are made, and tables
// compacted.
func quiet(ctx context.Context) {
	const while, little = 300 * time.Millisecond, 3 * time.Millisecond
	for last := time.Duration(0); cpuHere()-last > little && ctx.Err() == nil; {
		last = cpuHere()
		time.Sleep(while)
	}
}

// searchJob runs each query j.rate times.
func searchJob(ctx context.Context, j job) (any, error) {
	debug.SetGCPercent(50) // as the gatebook binary does
	before := anonymous()
	s, err := openEvents(j.dir)
	if err != nil {
		return nil, err
	}
	quiet(ctx)
	var list []searched
	for _, q := range theSearches() {
		a, err := searchOften(ctx, s.AppLog, q.query, j.rate)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", q.name, err), s.Close())
		}
		a.Memory -= before
		list = append(list, a)
	}
	return list, s.Close()
}

func searchOften(ctx context.Context, log *applog.Log, q query.Events, times int) (a searched, err error) {
	page := func() error {
		list, _, err := log.Events(ctx, q)
		a.Rows = len(list)
		return err
	}
	count := func() (err error) {
		a.Counted, _, err = log.Count(ctx, q, mostCount)
		return err
	}
	stop := watchMemory(20 * time.Millisecond)
	err = errors.Join(page(), count()) // to warm up
	seen := stop()
	a.Memory = seen[len(seen)-1]
	for what, into := range map[*func() error]*float64{&page: &a.Page, &count: &a.Count} {
		var took []float64
		for range times {
			began := cpuHere()
			err = errors.Join(err, (*what)())
			took = append(took, (cpuHere()-began).Seconds()*1e3)
		}
		*into = median(took)
	}
	return a, err
}
