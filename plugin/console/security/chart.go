package security

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// chart shows over time how many requests there were, as bars of which each leads
// to its step. All of it is drawn on the server; chart.js lets one drag over it.
type chart struct {
	Title string
	// Width is the drawing's, in units of which a bar has barWidth.
	Width  int
	Bars   []bar
	Marks  []chartMark
	Series []series
	// Counted says what a bar counts.
	Counted string
	// Most is what a bar of the whole height counts, Half one of half of it.
	Most, Half string

	Ticks []string
	Step  string
	// Start and StepSeconds say, in seconds since 1970, which time is where, and
	// Range is the page's address without one.
	Start, StepSeconds int64
	Range              string
}

// series is one colour of the bars, by its class in security.css.
type series struct {
	Class, Label, Total string
	total               uint64
}

// bar is one step of time that has requests.
type bar struct {
	X      int
	Href   string
	Title  string
	When   view.Moment
	Total  string
	Parts  []barPart
	Counts []string
}

// barPart is one colour of a bar, its measures with one decimal.
type barPart struct{ Class, Y, Height string }

// chartMark is a moment that is no request.
type chartMark struct {
	Class, X, Title string
}

const (
	barWidth    = 10
	chartHeight = 100
	// maxBars is how many steps a chart has where we choose them.
	maxBars = 100
)

// chartTime is how long a page waits for numbers that it can do without.
const chartTime = 3 * time.Second

// summarize returns nil if the summary takes too long.
func summarize(ctx context.Context, log view.RequestLog, q query.Summary) (*record.Summary, error) {
	within, cancel := context.WithTimeout(ctx, chartTime)
	defer cancel()
	s, err := log.Summary(within, q)
	switch {
	case err == nil:
		return &s, nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return nil, nil
	}
	return nil, fmt.Errorf("summing up requests: %w", err)
}

var chartSteps = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// chartStep is the step for a time; 0 leaves it to the log.
func (v *Pages) chartStep(from, to time.Time) time.Duration {
	if from.IsZero() {
		return 0
	}
	if to.IsZero() {
		to = v.Now
	}
	seconds := to.Unix() - from.Unix()
	for _, step := range chartSteps {
		if seconds <= maxBars*int64(step/time.Second) {
			return step
		}
	}
	days := seconds/(maxBars*24*60*60) + 1
	return min(time.Duration(days), 366) * 24 * time.Hour
}

// counted is one step of a chart before it is drawn: a count for each series.
type counted map[int64][]uint64

// newChart draws counts by their step. The series' classes and labels are given.
func (v *Pages) newChart(f *view.Filter, title string, sums []*record.Summary, from, to time.Time, all []series, count func(sum int, s *record.SummaryStep) []uint64) *chart {
	step, first, last := extent(sums, from, to, v.Now)
	if step == 0 {
		return nil
	}
	n := (last-first)/step + 1
	for n > 4*maxBars {
		step *= 2
		first -= mod(first, step)
		n = (last-first)/step + 1
	}
	steps := counted{}
	for i, sum := range sums {
		for _, s := range sum.Steps {
			at := s.Time.Unix() - mod(s.Time.Unix(), step)
			if steps[at] == nil {
				steps[at] = make([]uint64, len(all))
			}
			for k, value := range count(i, &s) {
				steps[at][k] += value
				all[k].total += value
			}
		}
	}
	values := f.FirstPage()
	values.Del("from")
	values.Del("to")
	ch := &chart{
		Title: title, Counted: v.Translate("Requests"), Width: int(n) * barWidth, Start: first, StepSeconds: step,
		Step: v.span(time.Duration(step) * time.Second), Range: f.Address(values),
	}
	ch.draw(v, steps, n, all, values, f)
	for _, at := range []int64{first, first + (n/2)*step, first + n*step} {
		ch.Ticks = append(ch.Ticks, time.Unix(at, 0).In(v.Location).Format("2006-01-02 15:04"))
	}
	return ch
}

// extent is the length of a step, and the first and the last one.
func extent(sums []*record.Summary, from, to, now time.Time) (step, first, last int64) {
	for _, s := range sums {
		step = max(step, s.StepSeconds)
		for _, one := range s.Steps {
			at := one.Time.Unix()
			if first == 0 || at < first {
				first = at
			}
			last = max(last, at)
		}
	}
	if step = max(step, 1); last == 0 {
		return 0, 0, 0
	}
	if !from.IsZero() {
		first = from.Unix()
		last = max(now.Unix()-1, last)
		if !to.IsZero() {
			last = max(to.Unix()-1, first)
		}
	}
	return step, first - mod(first, step), last - mod(last, step)
}

// draw makes the bars, of which those without requests have none.
func (ch *chart) draw(v *Pages, steps counted, n int64, all []series, rest url.Values, f *view.Filter) {
	highest := uint64(1)
	for _, counts := range steps {
		highest = max(highest, total(counts))
	}
	highest = round(highest)
	if ch.Most = v.Translate("%d", highest); highest > 1 {
		ch.Half = v.Translate("%d", highest/2)
	}
	for _, s := range all {
		if s.total > 0 {
			s.Label, s.Total = v.Translate(s.Label), v.Translate("%d", s.total)
			ch.Series = append(ch.Series, s)
		}
	}
	for i := range n {
		at := ch.Start + i*ch.StepSeconds
		counts := steps[at]
		if total(counts) == 0 {
			continue
		}
		start, end := time.Unix(at, 0).In(v.Location), time.Unix(at+ch.StepSeconds, 0).In(v.Location)
		rest.Set("from", start.Format(time.RFC3339))
		rest.Set("to", end.Format(time.RFC3339))
		b := bar{X: int(i) * barWidth, Href: f.Address(rest), When: view.NewMoment(start, v.Location), Total: v.Translate("%d", total(counts))}
		said := []string{}
		y := float64(chartHeight)
		for k, value := range counts {
			if all[k].total == 0 {
				continue
			}
			b.Counts = append(b.Counts, v.Translate("%d", value))
			if value == 0 {
				continue
			}
			height := max(1, chartHeight*float64(value)/float64(highest))
			y = max(0, y-height)
			b.Parts = append(b.Parts, barPart{all[k].Class, decimal(y), decimal(height)})
			said = append(said, fmt.Sprintf("%s %s", v.Translate(all[k].Label), v.Translate("%d", value)))
		}
		b.Title = start.Format("2006-01-02 15:04") + " – " + end.Format("15:04") + ": " + strings.Join(said, ", ")
		ch.Bars = append(ch.Bars, b)
	}
}

// mark adds a moment to the chart, if it is on it.
func (ch *chart) mark(class, title string, at time.Time) {
	x := float64(at.Unix()-ch.Start) / float64(ch.StepSeconds) * barWidth
	if x >= 0 && x <= float64(ch.Width) {
		ch.Marks = append(ch.Marks, chartMark{class, decimal(min(x, float64(ch.Width-3))), title})
	}
}

// round returns the next number from n on that is easy to read, and so is its half.
func round(n uint64) uint64 {
	if n <= 1 {
		return 1
	}
	for unit := uint64(1); unit < math.MaxUint64/100; unit *= 10 {
		for _, k := range []uint64{2, 4, 6, 8, 10} {
			if n <= k*unit {
				return k * unit
			}
		}
	}
	return n
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

func total(counts []uint64) (sum uint64) {
	for _, v := range counts {
		sum += v
	}
	return sum
}

// mod is what is left of a / b, never below 0.
func mod(a, b int64) int64 { return ((a % b) + b) % b }
