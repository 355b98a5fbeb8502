package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/serverlog"
)

// question is one of BENCH.md's, as the API asks it. The bar is in
// milliseconds of CPU, over 10 million records; 0 is none.
type question struct {
	name string
	most float64
	ask  func(ctx context.Context, log *serverlog.Log) (rows int, err error)
	// grep is the pattern that finds the same lines in a combined log, if one
	// does; summed reports whether GoAccess can answer it.
	grep   string
	summed bool
}

// theQuestions are asked of the synthetic log.
func theQuestions(seed uint64, n int, rare netip.Addr) []question {
	busy, from, to := corpus.New(seed, n).Busy()
	alone := query.Requests{Prefix: only(rare), Limit: query.MaxLimit}
	hour := query.Requests{Prefix: only(busy.Addr), From: from, To: to}
	needle := query.Requests{Path: "*" + corpus.Needle + "*"}
	ofBusy := "^" + pattern(busy.Addr) + " .*(" + from.Format("02/Jan/2006:15:") + "|" + to.Format("02/Jan/2006:15:") + ")"
	return []question{
		{"a rare address, all time", 50, page1(alone), "^" + pattern(rare) + " ", false},
		{"a busy address in one hour, first page", 50, page1(hour), "", false},
		{"the same, all rows", 0, every(hour), ofBusy, false},
		{"status per five minutes", 100, summary("steps", 5*time.Minute, func(s *record.Summary) int { return len(s.Steps) }), "", true},
		{"top 20 addresses", 100, summary("addresses", 0, func(s *record.Summary) int { return len(s.Addresses) }), "", true},
		{"substring in path, first page", 100, page1(needle), "", false},
		{"the same, complete", 500, every(needle), corpus.Needle, false},
	}
}

func only(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

func page1(q query.Requests) func(context.Context, *serverlog.Log) (int, error) {
	return func(ctx context.Context, log *serverlog.Log) (int, error) {
		page, _, err := log.Requests(ctx, q)
		return len(page), err
	}
}

func every(q query.Requests) func(context.Context, *serverlog.Log) (int, error) {
	return func(ctx context.Context, log *serverlog.Log) (n int, err error) {
		err = log.Each(ctx, q, func(*record.Request) error { n++; return nil })
		return n, err
	}
}

func summary(part string, step time.Duration, rows func(*record.Summary) int) func(context.Context, *serverlog.Log) (int, error) {
	return func(ctx context.Context, log *serverlog.Log) (int, error) {
		s, err := log.Summary(ctx, query.Summary{Step: step, Only: []string{part}})
		return rows(&s), err
	}
}

// rareAddress is one that came a few times, long ago.
func rareAddress(seed uint64, n int) (netip.Addr, error) {
	const least, most = 2, 40
	count := map[netip.Addr]int{}
	var order []netip.Addr
	for r := range synthetic(full, seed, n) {
		if count[r.IP]++; count[r.IP] == 1 {
			order = append(order, r.IP)
		}
	}
	for _, a := range order[len(order)/5:] {
		if c := count[a]; c >= least && c <= most {
			return a, nil
		}
	}
	return netip.Addr{}, errors.New("no address of the log is rare")
}

// asked is how a question went.
type asked struct {
	Rows   int
	Millis float64
	// Memory is the most that the process held while it was asked.
	Memory int64
}

// questionsJob asks each question, on one core: twice to warm up, then the
// median of j.rate runs.
func questionsJob(ctx context.Context, j job) (any, error) {
	rare, err := netip.ParseAddr(j.file)
	if err != nil {
		return nil, err
	}
	before := anonymous()
	s, err := openStore(j.dir)
	if err != nil {
		return nil, err
	}
	var list []asked
	for _, q := range theQuestions(j.seed, j.records, rare) {
		a, err := askOften(ctx, s.ServerLog, q, j.rate)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", q.name, err), s.Close())
		}
		a.Memory -= before
		list = append(list, a)
	}
	return list, s.Close()
}

func askOften(ctx context.Context, log *serverlog.Log, q question, times int) (a asked, err error) {
	// Memory is watched while it warms up: watching takes time too.
	stop := watchMemory(20 * time.Millisecond)
	for range 2 {
		if _, err := q.ask(ctx, log); err != nil {
			stop()
			return a, err
		}
	}
	seen := stop()
	a.Memory = seen[len(seen)-1]
	var took []float64
	for range times {
		began := cpuHere()
		if a.Rows, err = q.ask(ctx, log); err != nil {
			return a, err
		}
		took = append(took, (cpuHere()-began).Seconds()*1e3)
	}
	a.Millis = median(took)
	return a, nil
}

// questions measures the CPU time of the questions, and of those who can answer
// them from a file.
func (r *run) questions() error {
	dir, err := r.fullStore()
	if err != nil {
		return err
	}
	rare, err := rareAddress(r.seed, r.records)
	if err != nil {
		return err
	}
	var answers []asked
	j := job{role: "questions", dir: dir, file: rare.String(), records: r.records, rate: r.rounds(7), maxProcs: 1}
	if _, err := r.child(j, &answers); err != nil {
		return err
	}
	peers, err := r.peers()
	if err != nil {
		return err
	}
	t := newTable(fmt.Sprintf("Questions: %d records, ms of CPU on one core, warm", r.records),
		"question", "rows", "Gatebook", "bar", "", "grep", "zgrep", "GoAccess")
	var memory int64
	for i, q := range theQuestions(r.seed, r.records, rare) {
		a := answers[i]
		memory = max(memory, a.Memory)
		most, verdict := "", ""
		if q.most > 0 {
			most, verdict = fmt.Sprintf("%.0f", q.most), bar(a.Millis, q.most)
		}
		row, err := peers.answer(q)
		if err != nil {
			return err
		}
		t.add(append([]string{q.name, fmt.Sprint(a.Rows), fmt.Sprintf("%.1f", a.Millis), most, verdict}, row...)...)
	}
	t.note("The bar is for 10 million records. While it was asked, the process held up to %s more than nothing; the bar is 150 MB: %s.",
		megabytes(memory), bar(memory, mostAsked))
	if n := peers.goaccessLines; n > 0 {
		t.note("GoAccess reads %d lines, from which the time for the whole log is extrapolated, and computes all of its statistics at once.", n)
	}
	t.print(r.out)
	return nil
}
