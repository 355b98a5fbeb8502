package serverlog

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Failures returns the failed requests that q asks for in groups by source,
// type, place, integration and route; the group that failed last comes first.
func (l *Log) Failures(ctx context.Context, q query.Failures) ([]record.FailureGroup, error) {
	groups := map[string]*record.FailureGroup{}
	err := l.Each(ctx, query.Requests{From: q.From, To: q.To, Failed: true}, func(r *record.Request) error {
		g := r.FailureGroup()
		if q.Integration != "" && !strings.EqualFold(q.Integration, g.Integration) {
			return nil
		}
		key := strings.Join([]string{g.Source, g.Type, g.Where, g.Integration, g.Route}, "\x00")
		if known := groups[key]; known != nil {
			known.Count++
			known.First = g.First // newest first: the last is known
		} else if len(groups) < record.MaxFailureGroups {
			g.Example = r.Clone()
			groups[key] = &g
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	list := make([]record.FailureGroup, 0, len(groups))
	for _, g := range groups {
		list = append(list, *g)
	}
	slices.SortFunc(list, func(a, b record.FailureGroup) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Where, b.Where))
	})
	return list, nil
}
