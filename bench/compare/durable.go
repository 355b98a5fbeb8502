package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog"
)

// The bars: events a second that are on the disk, the wait of the slowest in a hundred,
// and µs of CPU an event, until it is found.
const (
	leastDurable  = 50_000.0
	mostWait      = 10.0
	mostEventCost = 20.0
	mostWriters   = 256
	durableEvents = 100_000
	backlogEvents = 200_000
)

// durable is how appending events went.
type durable struct {
	Rate float64 // events a second
	Wait float64 // ms, of the slowest in a hundred
	// CPU is µs an event, until all are found. A job counts making the events, which
	// durableOf subtracts.
	CPU float64
	// Lag is the most events that were on the disk and could not be found, and
	// CaughtUp how long it took from the last append until all could.
	Lag      uint64
	CaughtUp time.Duration
}

// reopened is how a directory was opened whose journal was full.
type reopened struct {
	Lag             uint64
	Opened, Applied time.Duration
}

// durable measures how many events a second are on the disk when Append returns,
// beside a transaction of Badger each, which is synced and has one value.
func (r *run) durable() error {
	t := newTable("Durable events", "writers", "events a second", "p99, ms", "CPU, µs an event", "most behind", "caught up",
		"a transaction each: a second", "p99, ms")
	for _, writers := range []int{1, 16, 64, mostWriters} {
		ours, each, err := r.durableOf(writers, 0)
		if err != nil {
			return err
		}
		t.add(fmt.Sprint(writers), fmt.Sprintf("%.0f", ours.Rate), fmt.Sprintf("%.1f", ours.Wait), fmt.Sprintf("%.1f", ours.CPU),
			fmt.Sprint(ours.Lag), fmt.Sprintf("%.2f s", ours.CaughtUp.Seconds()), fmt.Sprintf("%.0f", each.Rate), fmt.Sprintf("%.1f", each.Wait))
		if writers == mostWriters {
			t.note("The bar is %.0f a second with %d writers: %s.", leastDurable, mostWriters, bar(leastDurable, ours.Rate))
		}
	}
	paced, _, err := r.durableOf(mostWriters, int(leastDurable))
	if err != nil {
		return err
	}
	t.note("With %d writers that together append %.0f a second (%.0f were), p99 is %.1f ms; the bar is %.0f: %s. An event takes %.1f µs of CPU until it is found; the bar is %.0f: %s.",
		mostWriters, leastDurable, paced.Rate, paced.Wait, mostWait, bar(paced.Wait, mostWait), paced.CPU, mostEventCost, bar(paced.CPU, mostEventCost))
	t.note("Making the events is not in the CPU time. What is behind is on the disk and not in the lists yet.")
	t.print(r.out)
	return r.fullJournal()
}

// durableOf has writers append events, at a rate or as fast as they can, and write
// transactions if there is no rate. The results are medians.
func (r *run) durableOf(writers, rate int) (ours, each durable, err error) {
	n := min(durableEvents, 2000*writers)
	if r.quick {
		n /= 4
	}
	var all, others []durable
	var costs []float64
	for i := range r.rounds(3) {
		dir := r.path(fmt.Sprintf("durable-%d-%d-%d", writers, rate, i))
		var one, made, other durable
		for dir, result := range map[string]*durable{dir: &one, "": &made} {
			if _, err := r.child(job{role: "append", dir: dir, records: n, writers: writers, rate: rate}, result); err != nil {
				return ours, each, err
			}
		}
		all, costs = append(all, one), append(costs, one.CPU-made.CPU)
		if rate > 0 {
			continue
		}
		// Fewer, for they take their time.
		if _, err := r.child(job{role: "transactions", dir: dir + "-each", records: max(writers, n/10), writers: writers}, &other); err != nil {
			return ours, each, err
		}
		others = append(others, other)
	}
	ours, each = medians(all), medians(others)
	ours.CPU = median(costs)
	return ours, each, nil
}

func medians(list []durable) (d durable) {
	of := func(f func(durable) float64) float64 {
		var figures []float64
		for _, one := range list {
			figures = append(figures, f(one))
		}
		return median(figures)
	}
	d.Rate = of(func(d durable) float64 { return d.Rate })
	d.Wait = of(func(d durable) float64 { return d.Wait })
	d.Lag = uint64(of(func(d durable) float64 { return float64(d.Lag) }))
	d.CaughtUp = time.Duration(of(func(d durable) float64 { return float64(d.CaughtUp) }))
	return d
}

// fullJournal measures how long a directory takes to open whose process was killed with
// a full journal.
func (r *run) fullJournal() error {
	n := backlogEvents
	if r.quick {
		n /= 10
	}
	j := job{role: "backlog", dir: r.path("backlog"), records: n, writers: mostWriters}
	var left, found reopened
	if _, err := r.child(j, &left); err != nil {
		return err
	}
	j.role = "reopen"
	if _, err := r.child(j, &found); err != nil {
		return err
	}
	t := newTable("Opening with a full journal", "", "")
	t.add("events in the journal only", fmt.Sprint(left.Lag))
	t.add("opened, and events are taken", found.Opened.Round(time.Millisecond).String())
	t.add("all are found", found.Applied.Round(time.Millisecond).String())
	t.print(r.out)
	return nil
}

// write has j.writers writers add events, together j.rate a second if there is a rate,
// and says how that went.
func write(j job, add func(record.Event) error) (d durable, err error) {
	var mu sync.Mutex
	log, n := corpus.NewEvents(j.seed, j.records), 0
	next := func(e *record.Event) (at int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		n++
		return n - 1, log.Next(e)
	}
	var wg sync.WaitGroup
	took, failed := make([]time.Duration, j.records), make([]error, j.writers)
	began := time.Now()
	for w := range j.writers {
		wg.Go(func() {
			var e record.Event
			for at, ok := next(&e); ok && failed[w] == nil; at, ok = next(&e) {
				if j.rate > 0 {
					time.Sleep(time.Until(began.Add(time.Duration(at) * time.Second / time.Duration(j.rate))))
				}
				start := time.Now()
				failed[w] = add(e)
				took[at] = time.Since(start)
			}
		})
	}
	wg.Wait()
	d.Rate = float64(j.records) / time.Since(began).Seconds()
	slices.Sort(took)
	d.Wait = took[len(took)*99/100].Seconds() * 1e3
	return d, errors.Join(failed...)
}

// appendJob appends events one by one; without a directory it only makes them.
func appendJob(ctx context.Context, j job) (any, error) {
	debug.SetGCPercent(50) // as the gatebook binary does
	if j.dir == "" {
		began := cpuHere()
		d, err := write(j, func(record.Event) error { return nil })
		d.CPU = (cpuHere() - began).Seconds() * 1e6 / float64(j.records)
		return d, err
	}
	s, err := openEvents(j.dir)
	if err != nil {
		return nil, err
	}
	began := cpuHere()
	lag := watchLag(s.AppLog)
	d, err := write(j, func(e record.Event) error { return s.AppLog.Append(ctx, e) })
	d.Lag = lag()
	last := time.Now()
	if err == nil {
		_, _, err = s.AppLog.Events(ctx, query.Events{Limit: 1}) // it waits for what was appended
	}
	d.CaughtUp = time.Since(last)
	quiet(ctx)
	d.CPU = (cpuHere() - began).Seconds() * 1e6 / float64(j.records)
	return d, errors.Join(err, s.Close())
}

// watchLag looks how many events are behind until the function that it returns is
// called, which returns the most.
func watchLag(log *applog.Log) func() uint64 {
	ended, most := make(chan struct{}), make(chan uint64)
	go func() {
		lag, tick := uint64(0), time.NewTicker(5*time.Millisecond)
		defer tick.Stop()
		for {
			lag = max(lag, log.Health().Lag)
			select {
			case <-ended:
				most <- lag
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		close(ended)
		return <-most
	}
}

// transactionsJob writes each event as one value of a transaction of its own.
func transactionsJob(_ context.Context, j job) (any, error) {
	db, err := badger.Open(badger.DefaultOptions(j.dir).WithSyncWrites(true).WithLogger(nil))
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", j.dir, err)
	}
	d, err := write(j, func(e record.Event) error {
		value, err := json.Marshal(e)
		if err != nil {
			return err
		}
		return db.Update(func(txn *badger.Txn) error { return txn.Set([]byte(e.ID), value) })
	})
	return d, errors.Join(err, db.Close())
}

// backlogJob appends events and ends without closing the log, as a process does that
// is killed.
func backlogJob(ctx context.Context, j job) (any, error) {
	s, err := openEvents(j.dir)
	if err != nil {
		return nil, err
	}
	_, err = write(j, func(e record.Event) error { return s.AppLog.Append(ctx, e) })
	return reopened{Lag: s.AppLog.Health().Lag}, err
}

// reopenJob opens what backlogJob left.
func reopenJob(ctx context.Context, j job) (any, error) {
	debug.SetGCPercent(50) // as the gatebook binary does
	began := time.Now()
	s, err := openEvents(j.dir)
	if err != nil {
		return nil, err
	}
	r := reopened{Opened: time.Since(began)}
	page, _, err := s.AppLog.Events(ctx, query.Events{Limit: 1})
	r.Applied = time.Since(began)
	if n := s.AppLog.Health().Entries; err == nil && (len(page) != 1 || n != uint64(j.records)) {
		err = fmt.Errorf("%d of %d events are in %s", n, j.records, filepath.Base(j.dir))
	}
	return r, errors.Join(err, s.Close())
}
