package security

import (
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// A chart counts what the summary does, and stays within its drawing, whatever
// the period and however the log chose its steps.
func TestChartsCountEverything(t *testing.T) {
	now := time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
	v := &Pages{View: &view.View{Locale: locale.English, Location: time.UTC, Now: now}}
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.SampledFrom([]int64{0, 1, 60, 900, 86400, 7 * 86400}).Draw(t, "step")
		back := rapid.Int64Range(1, 50*365*86400).Draw(t, "back")
		q := query.Requests{From: now.Add(-time.Duration(back) * time.Second)}
		if rapid.Bool().Draw(t, "all") {
			q.From = time.Time{}
		}
		sum := record.Summary{StepSeconds: step}
		want := uint64(0)
		for _, ago := range rapid.SliceOfN(rapid.Int64Range(1, back), 1, 50).Draw(t, "ago") {
			s := record.SummaryStep{Time: now.Add(-time.Duration(ago) * time.Second), Requests: 1}
			s.Classes[rapid.IntRange(0, 5).Draw(t, "class")]++
			sum.Steps = append(sum.Steps, s)
			want++
		}
		ch := v.statusChart(&view.Filter{Action: "/requests"}, "Requests", &q, &sum)
		got := uint64(0)
		for _, s := range ch.Series {
			got += s.total
		}
		drawn := 0
		for _, b := range ch.Bars {
			n, err := strconv.Atoi(b.Total)
			drawn += n
			if err != nil || b.X < 0 || b.X+barWidth > ch.Width || len(b.Counts) != len(ch.Series) || len(b.Parts) == 0 {
				t.Fatalf("a bar is %+v, in %d", b, ch.Width)
			}
		}
		if got != want || uint64(drawn) != want || ch.Width > 4*maxBars*barWidth {
			t.Fatalf("counted %d, drawn %d of %d, %d wide", got, drawn, want, ch.Width)
		}
	})
}

func TestRound(t *testing.T) {
	for n, want := range map[uint64]uint64{0: 1, 1: 1, 2: 2, 3: 4, 5: 6, 9: 10, 11: 20, 21: 40, 1195: 2000, 4626: 6000, math.MaxUint64: math.MaxUint64} {
		if got := round(n); got != want {
			t.Errorf("%d: %d, want %d", n, got, want)
		}
	}
}
