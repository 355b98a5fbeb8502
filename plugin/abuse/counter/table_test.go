package counter

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

const start = int64(1_700_000_000e9)

// limits has a rule 0 with a capacity of 3.
var limits = Limits{Rules: []Limit{Every(10*time.Second, 3), Every(0, 0)}, Rate: Limit{PerSecond: 1, Burst: 5}}

func event(now int64) Event {
	return Event{Rule: 0, Limit: limits.Rules[0], Cost: 1, Now: now, Mute: int64(time.Minute)}
}

func newTable() *Table {
	t := new(Table)
	t.Init()
	return t
}

// A rule overflows at one event more than its capacity, and is muted then.
func TestCount(t *testing.T) {
	table := newTable()
	src := table.Source(1, start, &limits)
	for i := range 3 {
		e := event(start + int64(i))
		if r := table.Count(src, &e, &limits); r != (Result{}) {
			t.Fatalf("event %d: %+v", i+1, r)
		}
	}
	e := event(start + 3)
	if r := table.Count(src, &e, &limits); r != (Result{Count: 4, First: start}) {
		t.Errorf("the overflow: %+v", r)
	}
	if r := table.Count(src, &e, &limits); r != (Result{Muted: true}) {
		t.Errorf("afterwards: %+v", r)
	}
	apart := event(start + 3)
	apart.Kind = Apart
	if r := table.Count(src, &apart, &limits); r != (Result{}) {
		t.Errorf("apart: %+v", r)
	}
	// After the mute it counts again, and says when the mute ended.
	later := event(start + 3 + int64(time.Minute))
	var r Result
	for range 4 {
		r = table.Count(src, &later, &limits)
	}
	if r.Count != 4 || r.LastMute != start+3+int64(time.Minute) {
		t.Errorf("the second overflow: %+v", r)
	}
}

// A value counts once while its bucket lives.
func TestDistinct(t *testing.T) {
	table := newTable()
	src := table.Source(1, start, &limits)
	count := func(value uint32, now int64) Result {
		e := event(now)
		e.Distinct, e.Value = true, value
		return table.Count(src, &e, &limits)
	}
	for range 10 {
		count(1, start)
	}
	count(2, start)
	if r := count(3, start); r.Count != 0 {
		t.Errorf("three values overflow: %+v", r)
	}
	if c := table.Find(1, 0, 0); c.Values() != 3 || c.N() != 3 || c.First() != start {
		t.Errorf("%+v", c)
	}
	if r := count(4, start); r.Count != 4 {
		t.Errorf("the fourth value: %+v", r)
	}
	later := start + int64(time.Hour)
	for i := range uint32(3) {
		if r := count(i, later); r.Count != 0 {
			t.Errorf("values of an hour ago still count: %+v", r)
		}
	}
}

// A set answers as a map does, and gives its chunks back.
func TestValueSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chunks := pool[chunk]{max: 100}
		var set valueSet
		seen := map[uint32]bool{}
		for _, v := range rapid.SliceOfN(rapid.Uint32Range(0, 40), 0, 60).Draw(t, "values") {
			if got := set.add(&chunks, v, 100); got == seen[v] {
				t.Fatalf("%d is new: %v", v, got)
			}
			seen[v] = true
		}
		if int(set.size) != len(seen) {
			t.Fatalf("%d values, want %d", set.size, len(seen))
		}
		set.clear(&chunks)
		if set != (valueSet{}) || len(chunks.free) != len(chunks.items) {
			t.Fatalf("%d of %d chunks are free", len(chunks.free), len(chunks.items))
		}
	})
}

// A value for which there is no room counts as new.
func TestValueSetWithoutRoom(t *testing.T) {
	chunks := pool[chunk]{max: 1}
	var set valueSet
	for i := range uint32(20) {
		if !set.add(&chunks, i, 10) {
			t.Errorf("%d is not new", i)
		}
	}
	if set.size != chunkSize || set.add(&chunks, 3, 10) || !set.add(&chunks, 15, 10) {
		t.Errorf("%d values", set.size)
	}
}

// A full table takes only sources that come again, and drops those that nothing is
// known of first.
func TestEviction(t *testing.T) {
	table := newTable()
	const busy = 7
	src := table.Source(busy, start, &limits)
	e := event(start)
	table.Count(src, &e, &limits)
	for i := range uint64(maxSources) {
		table.Source(1000+i, start, &limits)
	}
	// More sources than places: the last one came once and is not in the table.
	const next = 1000 + maxSources - 1
	came := 2
	for ; came < 20 && table.Source(next, start, &limits) == nil; came++ {
	}
	if came != admitted {
		t.Errorf("it gets a record the %dth time, want %d", came, admitted)
	}
	if c := table.Find(busy, 0, 0); c == nil || len(table.index) != maxSources {
		t.Errorf("%d sources, and the one that counts is lost: %v", len(table.index), c == nil)
	}
}

// Counters are bounded; the source that asks keeps its own.
func TestCountersAreBounded(t *testing.T) {
	table := newTable()
	many := Limits{Rules: make([]Limit, 4), Rate: limits.Rate}
	for i := range many.Rules {
		many.Rules[i] = Every(time.Hour, 3)
	}
	for key := range uint64(maxSources) {
		src := table.Source(key, start, &many)
		for rule := range many.Rules {
			e := Event{Rule: rule, Limit: many.Rules[rule], Cost: 1, Now: start}
			table.Count(src, &e, &many)
		}
		for rule := range many.Rules {
			if table.Find(key, rule, 0) == nil {
				t.Fatalf("source %d has lost rule %d", key, rule)
			}
		}
	}
	if n := len(table.counters.items); n != maxCounters {
		t.Errorf("%d counters", n)
	}
}

func TestDrop(t *testing.T) {
	table := newTable()
	src := table.Source(1, start, &limits)
	for rule := range limits.Rules {
		e := Event{Rule: rule, Limit: limits.Rules[rule], Cost: 1, Now: start, Distinct: true, Value: 5}
		table.Count(src, &e, &limits)
	}
	table.DropRules(1)
	if table.Find(1, 0, 0) == nil || table.Find(1, 1, 0) != nil {
		t.Error("not the rules from 1 on are dropped")
	}
	table.Drop(1)
	table.Drop(2)
	if table.Find(1, 0, 0) != nil || len(table.counters.free) != len(table.counters.items) || len(table.chunks.free) != len(table.chunks.items) {
		t.Error("counters or chunks are lost")
	}
}

func TestTakeRate(t *testing.T) {
	src := newTable().Source(1, start, &limits)
	for i := range 5 {
		if ok, _ := src.TakeRate(limits.Rate, start, 1); !ok {
			t.Errorf("request %d of a burst of 5 is refused", i+1)
		}
	}
	if ok, wait := src.TakeRate(limits.Rate, start, 1); ok || wait != time.Second {
		t.Errorf("the sixth: %v, wait %s", ok, wait)
	}
}

func TestTimes(t *testing.T) {
	l := Limit{PerSecond: 0.1, Burst: 5}
	if got := l.Times(1); got != l {
		t.Errorf("%+v", got)
	}
	if got := l.Times(1.3); got.Burst != 7 { // 6.5
		t.Errorf("%+v", got)
	}
}
