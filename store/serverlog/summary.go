package serverlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// Summary counts the requests that q asks for. Of blocks that match as a whole
// only the heads are read.
func (l *Log) Summary(ctx context.Context, q query.Summary) (record.Summary, error) {
	if err := l.Flush(ctx); errors.Is(err, kv.ErrClosed) || ctx.Err() != nil {
		return record.Summary{}, err
	}
	s := summary{log: l, query: &q, steps: map[int64]*record.SummaryStep{}}
	for _, p := range summaryParts {
		if q.Wants(p.name) {
			s.counters[p.part] = newCounter()
		}
	}
	err := l.read(func(list catalogue, values *blockValues) error { return s.run(ctx, list, values) })
	if wrong := (*record.ParamError)(nil); errors.As(err, &wrong) {
		return record.Summary{}, wrong
	}
	if err != nil {
		return record.Summary{}, fmt.Errorf("summing up the server log: %w", err)
	}
	return s.result(), nil
}

// summaryParts are the lists of a summary, by their names in a query.
var summaryParts = []struct {
	name string
	part block.Part
	into func(*record.Summary) *[]record.Count
}{
	{"addresses", block.Addresses, func(s *record.Summary) *[]record.Count { return &s.Addresses }},
	{"paths", block.Paths, func(s *record.Summary) *[]record.Count { return &s.Paths }},
	{"browsers", block.Browsers, func(s *record.Summary) *[]record.Count { return &s.Browsers }},
	{"countries", block.Countries, func(s *record.Summary) *[]record.Count { return &s.Countries }},
	{"networks", block.Networks, func(s *record.Summary) *[]record.Count { return &s.Networks }},
}

// summary is a summary in progress.
type summary struct {
	log      *Log
	query    *query.Summary
	step     int64 // seconds
	steps    map[int64]*record.SummaryStep
	last     *record.SummaryStep
	counters [block.Networks + 1]*counter
	sum      record.Summary

	rows []int32
}

func (s *summary) run(ctx context.Context, list catalogue, values *blockValues) error {
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if !s.query.From.IsZero() {
		from = s.query.From.UnixMicro()
	}
	if !s.query.To.IsZero() {
		to = s.query.To.UnixMicro()
	}
	list = slices.DeleteFunc(slices.Clone(list), func(p blockMeta) bool { return p.newest < from || p.oldest > to })
	if err := s.chooseStep(list, from, to); err != nil {
		return err
	}
	bare := query.Requests{From: s.query.From, To: s.query.To, Limit: s.query.Limit, Cursor: s.query.Cursor}
	filtered := bare != s.query.Requests
	r := s.log.newReader()
	for i := range list {
		p := &list[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if !filtered && p.oldest >= from && p.newest < to && (from == math.MinInt64 || p.oldest > from) {
			err = s.countAll(r, p, values)
		} else {
			err = s.countSelected(r, p, values)
		}
		if err != nil {
			s.log.noteDamage(*p, err)
		}
	}
	return nil
}

// niceSteps are those that are chosen from, in seconds.
var niceSteps = []int64{60, 300, 900, 3600, 6 * 3600, 86400, 7 * 86400, 28 * 86400, 364 * 86400}

// chooseStep takes the step that was asked for, or one that makes at most some
// two hundred.
func (s *summary) chooseStep(list catalogue, from, to int64) error {
	if s.query.Wants("steps") {
		s.step = int64(s.query.Step / time.Second)
	}
	if len(list) == 0 {
		s.step = max(s.step, niceSteps[0])
		return nil
	}
	first := max(from, slices.MinFunc(list, func(a, b blockMeta) int { return cmp.Compare(a.oldest, b.oldest) }).oldest)
	last := min(to, slices.MaxFunc(list, func(a, b blockMeta) int { return cmp.Compare(a.newest, b.newest) }).newest)
	seconds := last/1_000_000 - first/1_000_000
	if s.step == 0 {
		s.step = niceSteps[len(niceSteps)-1]
		for _, step := range niceSteps {
			if seconds/step < 200 {
				s.step = step
				break
			}
		}
	}
	if s.query.Wants("steps") && seconds/s.step > query.MaxSteps {
		return record.Invalid("step", s.query.Step.String(), record.TooManyStepsKept, strconv.Itoa(query.MaxSteps))
	}
	return nil
}

// countAll counts all requests of a block, from its head if the steps allow it.
func (s *summary) countAll(r *block.Reader, p *blockMeta, values *blockValues) error {
	if err := values.open(r, p); err != nil {
		return err
	}
	unit, buckets, err := r.Buckets()
	if err != nil {
		return err
	}
	if s.query.Wants("steps") && s.step%unit != 0 {
		return s.countSelected(r, p, values)
	}
	for _, k := range buckets {
		at := s.at(k.Start)
		at.Bytes += k.Bytes
		for class, n := range k.Classes {
			at.Classes[class] += n
			at.Requests += n
		}
	}
	return s.count(r, nil)
}

// countSelected counts the requests of a block that are asked for.
func (s *summary) countSelected(r *block.Reader, p *blockMeta, values *blockValues) error {
	err := values.open(r, p)
	if err != nil {
		return err
	}
	if s.rows, err = r.Select(s.rows[:0], &s.query.Requests); err != nil || len(s.rows) == 0 {
		return err
	}
	err = r.Steps(s.rows, func(micros int64, class int, bytes int64) {
		at := s.at(floorSeconds(micros))
		at.Requests++
		at.Classes[class]++
		at.Bytes += bytes
	})
	if err != nil {
		return err
	}
	return s.count(r, s.rows)
}

func (s *summary) count(r *block.Reader, rows []int32) error {
	for part, t := range s.counters {
		if t == nil {
			continue
		}
		if err := r.Counts(block.Part(part), rows, t.add); err != nil {
			return err
		}
	}
	return nil
}

// at is the step that a second belongs to. Requests come in order, mostly.
func (s *summary) at(second int64) *record.SummaryStep {
	start := second - mod(second, s.step)
	if s.last != nil && s.last.Time.Unix() == start {
		return s.last
	}
	step := s.steps[start]
	if step == nil {
		step = &record.SummaryStep{Time: time.Unix(start, 0).UTC()}
		s.steps[start] = step
	}
	s.last = step
	return step
}

// mod is never negative.
func mod(a, b int64) int64 { return (a%b + b) % b }

func floorSeconds(micros int64) int64 { return (micros - mod(micros, 1_000_000)) / 1_000_000 }

func (s *summary) result() record.Summary {
	sum := s.sum
	sum.StepSeconds = s.step
	for _, step := range s.steps {
		if end := step.Time.Add(time.Duration(s.step) * time.Second); end.After(sum.To) {
			sum.To = end
		}
		if sum.From.IsZero() || step.Time.Before(sum.From) {
			sum.From = step.Time
		}
		sum.Requests += step.Requests
		sum.Bytes += step.Bytes
		if s.query.Wants("steps") {
			sum.Steps = append(sum.Steps, *step)
		}
	}
	slices.SortFunc(sum.Steps, func(a, b record.SummaryStep) int { return a.Time.Compare(b.Time) })
	for _, p := range summaryParts {
		if t := s.counters[p.part]; t != nil {
			*p.into(&sum) = t.top(record.TopCount, func(v string) string { return block.PartText(p.part, []byte(v)) })
			sum.Approximate = sum.Approximate || t.approximate
		}
	}
	return sum
}
