package security

import (
	"context"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// byStatus are the colours of requests by the class of their status, from the
// bottom of a bar to its top.
var byStatus = []series{
	{Class: "s2", Label: "2xx"}, {Class: "s3", Label: "3xx"}, {Class: "s1", Label: "1xx"},
	{Class: "s0", Label: locale.Text("other")}, {Class: "s4", Label: "4xx"}, {Class: "s5", Label: "5xx"},
}

// byVerdict are the colours of refused requests.
var byVerdict = []series{{Class: "v-throttle", Label: locale.Text("Throttled")}, {Class: "v-ban", Label: locale.Text("Banned")}}

func statusCounts(_ int, s *record.SummaryStep) []uint64 {
	k := &s.Classes
	return []uint64{k[2], k[3], k[1], k[0], k[4], k[5]}
}

// statusChart draws what a summary counted by status; nil where there is nothing.
func (v *Pages) statusChart(f *view.Filter, title string, q *query.Requests, sum *record.Summary) *chart {
	if sum == nil {
		return nil
	}
	all := append([]series(nil), byStatus...)
	return v.newChart(f, title, []*record.Summary{sum}, q.From, q.To, all, statusCounts)
}

// requestChart counts and draws the requests that q asks for. The sum is nil, as
// the chart is, where they could not be counted in time.
func (v *Pages) requestChart(ctx context.Context, f *view.Filter, title string, q query.Requests) (*chart, *record.Summary, error) {
	sum, err := summarize(ctx, v.Source, query.Summary{Requests: q, Step: v.chartStep(q.From, q.To), Only: []string{"steps"}})
	if err != nil {
		return nil, nil, err
	}
	return v.statusChart(f, title, &q, sum), sum, nil
}

// refused counts the requests that the gate throttled, and those that it banned.
func (v *Pages) refused(ctx context.Context, q query.Requests) ([]*record.Summary, error) {
	var sums []*record.Summary
	for _, verdict := range []record.Verdict{record.VerdictThrottle, record.VerdictBan} {
		q.Verdict = verdict
		sum, err := summarize(ctx, v.Source, query.Summary{Requests: q, Step: v.chartStep(q.From, q.To), Only: []string{"steps"}})
		if err != nil || sum == nil {
			return nil, err
		}
		sums = append(sums, sum)
	}
	return sums, nil
}

// oneSeriesEach counts the requests of each of n summaries in a series of its own.
func oneSeriesEach(n int) func(sum int, s *record.SummaryStep) []uint64 {
	return func(sum int, s *record.SummaryStep) []uint64 {
		counts := make([]uint64, n)
		counts[sum] = s.Requests
		return counts
	}
}

// refusedChart draws what [view.refused] counted.
func (v *Pages) refusedChart(f *view.Filter, q *query.Requests, sums []*record.Summary) *chart {
	if len(sums) == 0 {
		return nil
	}
	all := append([]series(nil), byVerdict...)
	return v.newChart(f, v.Translate("Requests that the gate refused"), sums, q.From, q.To, all, oneSeriesEach(len(byVerdict)))
}

// byState are the colours of flags by what the gate does about them.
var byState = []struct {
	class string
	state record.FlagState
}{
	{"s2", record.FlagAllowed}, {"s0", record.FlagCleared}, {"s1", record.FlagExpired}, {"s3", record.FlagObserved},
	{"v-throttle", record.FlagThrottled}, {"v-ban", record.FlagBanned},
}

// flagChart draws when the flags that were asked for last changed, the time by
// which they are found, too.
func (v *Pages) flagChart(ctx context.Context, f *view.Filter, found *foundFlags) (*chart, error) {
	flags, q := found.flags, found.query
	title := v.Translate("Flags by the time that they last changed")
	if q.Cursor != "" || found.next != "" {
		q.Cursor, q.Limit = "", query.MaxLimit
		var next string
		var err error
		if flags, next, err = v.Source.Flags(ctx, q); err != nil {
			return nil, fmt.Errorf("counting flags: %w", err)
		}
		if next != "" {
			title = v.Translate("The newest %d flags by the time that they last changed", len(flags))
		}
	}
	if len(flags) == 0 {
		return nil, nil
	}
	from := q.From
	if from.IsZero() {
		from = flags[len(flags)-1].Changed
	}
	step := v.chartStep(from, q.To)
	var sums []*record.Summary
	var all []series
	for _, kind := range byState {
		sum := &record.Summary{StepSeconds: int64(step / time.Second)}
		for _, one := range flags {
			if one.State == kind.state {
				sum.Steps = append(sum.Steps, record.SummaryStep{Time: one.Changed, Requests: 1})
			}
		}
		sums, all = append(sums, sum), append(all, series{Class: kind.class, Label: flagStates[kind.state]})
	}
	ch := v.newChart(f, title, sums, from, q.To, all, oneSeriesEach(len(byState)))
	if ch != nil {
		ch.Counted = v.Translate("Flags")
	}
	return ch, nil
}
