package corpus

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gatebook/gatebook/record"
)

// start is when a log begins: a Monday.
var start = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

// perSecond is how many requests come in a second, over a day.
const perSecond = 10.0

// Log is a log of a given length, made as it is read. The requests come in the
// order of their times.
type Log struct {
	rng        *rand.Rand
	site       *site
	population *population

	now    float64 // seconds since start
	next   float64 // when the next visit begins
	coming visits
	left   int

	burst *burst
}

// New returns a log of n requests.
func New(seed uint64, n int) *Log {
	rng := rand.New(rand.NewPCG(seed, 1))
	l := &Log{rng: rng, site: newSite(rng), population: newPopulation(rng, n), left: n}
	l.burst = newBurst(l, n)
	heap.Push(&l.coming, l.burst.visit)
	return l
}

// Next fills in r and reports whether there was a request left. Every field is
// there that a gate would fill in itself; what it names in the background, the
// browser and the system, is not.
func (l *Log) Next(r *record.Request) bool {
	if l.left == 0 {
		return false
	}
	l.left--
	for len(l.coming) == 0 || l.coming[0].at > l.next {
		heap.Push(&l.coming, l.newVisit(l.next))
		l.next += l.rng.ExpFloat64() / l.visitsPerSecond(l.next)
	}
	v := l.coming[0]
	l.now = v.at
	v.step(l, r)
	r.Time = start.Add(time.Duration(l.now * float64(time.Second))).Truncate(time.Microsecond)
	if v.done() {
		heap.Pop(&l.coming)
	} else {
		heap.Fix(&l.coming, 0)
	}
	return true
}

// perVisit is how many requests a visit makes, roughly.
const perVisit = 22.0

// visitsPerSecond follows the hours: a fifth of the day's peak at night.
func (l *Log) visitsPerSecond(at float64) float64 {
	const day = 24 * 60 * 60
	return perSecond / perVisit * (1 - 0.67*math.Cos(2*math.Pi*at/day))
}

// Busy is an address that asks much, and an hour in which it does.
func (l *Log) Busy() (v Visitor, from, to time.Time) {
	from = start.Add(time.Duration(l.burst.from) * time.Second)
	return l.burst.visit.who, from, from.Add(time.Hour)
}

// Needle is in the paths of a few requests.
const Needle = "floor-plan-17"

// visits are those under way, a heap by the time of what comes next.
type visits []*visit

func (v visits) Len() int           { return len(v) }
func (v visits) Less(i, j int) bool { return v[i].at < v[j].at }
func (v visits) Swap(i, j int)      { v[i], v[j] = v[j], v[i] }
func (v *visits) Push(x any)        { *v = append(*v, x.(*visit)) }
func (v *visits) Pop() any {
	old := *v
	last := old[len(old)-1]
	*v = old[:len(old)-1]
	return last
}
