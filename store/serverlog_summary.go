package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Summary tells in numbers of the requests that q asks for.
func (l *ServerLog) Summary(ctx context.Context, q record.SummaryQuery) (record.Summary, error) {
	step := cmp.Or(q.Step, time.Hour)
	sum := record.Summary{StepSeconds: int64(step / time.Second)}
	steps := map[int64]*record.SummaryStep{}
	var top [5]map[string]uint64
	for i := range top {
		top[i] = map[string]uint64{}
	}
	err := l.Each(ctx, q.RequestQuery, func(r *record.Request) error {
		sum.Requests++
		sum.Bytes += r.Bytes
		at := r.Time.Truncate(step)
		s := steps[at.Unix()]
		if s == nil {
			s = &record.SummaryStep{Time: at}
			steps[at.Unix()] = s
		}
		s.Requests++
		s.Bytes += r.Bytes
		s.Classes[record.ClassOf(r.Status)]++
		network := ""
		if r.ASN != 0 {
			network = fmt.Sprintf("AS%d %s", r.ASN, r.ASOrg)
		}
		for i, v := range [...]string{r.Address(), r.Path, r.Browser, r.Country, network} {
			if v != "" {
				top[i][v]++
			}
		}
		return nil
	})
	if err != nil {
		return sum, err
	}
	for _, s := range steps {
		sum.Steps = append(sum.Steps, *s)
	}
	slices.SortFunc(sum.Steps, func(a, b record.SummaryStep) int { return a.Time.Compare(b.Time) })
	if n := len(sum.Steps); n > 0 {
		sum.From, sum.To = sum.Steps[0].Time, sum.Steps[n-1].Time.Add(step)
	}
	for i, into := range []*[]record.Count{&sum.Addresses, &sum.Paths, &sum.Browsers, &sum.Countries, &sum.Networks} {
		for v, n := range top[i] {
			*into = append(*into, record.Count{Value: v, Requests: n})
		}
		slices.SortFunc(*into, func(a, b record.Count) int {
			return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Value, b.Value))
		})
		*into = (*into)[:min(len(*into), record.TopCount)]
	}
	return sum, nil
}
