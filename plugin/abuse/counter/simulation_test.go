package counter

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// application is one with a few workers and a queue without bounds, in simulated time.
type application struct {
	work time.Duration // on average; the least is a half of it
	free []int64       // when each worker is free
}

// serve returns how long a request that comes at now takes.
func (a *application) serve(now int64, random *rand.Rand) time.Duration {
	i := 0
	for j := range a.free {
		if a.free[j] < a.free[i] {
			i = j
		}
	}
	a.free[i] = max(a.free[i], now) + int64(a.work)/2 + random.Int64N(int64(a.work))
	return time.Duration(a.free[i] - now)
}

// outcome is what happened to the clients in a simulated time.
type outcome struct {
	people   []time.Duration
	passed   int
	refused  int
	inFlight int // the most requests of others at once
	// again is the most times that one client was told to wait before it was let in.
	again int
}

func (o *outcome) p95() time.Duration {
	slices.Sort(o.people)
	return o.people[len(o.people)*95/100]
}

// world has people with standing and others in front of an application.
type world struct {
	flood  Flood
	app    application
	now    int64
	random *rand.Rand
	// answers are those that have not been sent yet.
	answers []answer
	// waits is when a client that obeys comes again, told how often it was refused.
	waits map[uint64]int64
	told  map[uint64]int
	// wakes are the clients that come again at a time.
	wakes map[int64][]uint64
}

type answer struct {
	at       int64
	latency  time.Duration
	standing bool
}

func newWorld(workers int, work time.Duration) *world {
	return &world{
		app: application{work: work, free: make([]int64, workers)}, now: 1_700_000_000 * int64(time.Second),
		random: rand.New(rand.NewPCG(1, 2)), waits: map[uint64]int64{}, told: map[uint64]int{}, wakes: map[int64][]uint64{},
	}
}

// run has people and others ask so often in a second, others from so many clients.
// Those who obey ask again when they were told to.
func (w *world) run(seconds int, people, others float64, clients int, obey bool) (o outcome) {
	const step = time.Millisecond
	for range seconds * int(time.Second/step) {
		w.now += int64(step)
		w.answer(&o)
		if w.random.Float64() < people*step.Seconds() {
			w.flood.Arrived(uint64(w.random.IntN(20)), w.now)
			o.people = append(o.people, w.ask(true))
		}
		for rest := others * step.Seconds(); rest > 0; rest-- {
			if w.random.Float64() < rest {
				w.other(uint64(w.random.IntN(clients))*0x9e3779b97f4a7c15, obey, &o)
			}
		}
		if obey {
			for _, client := range w.wakes[w.now] {
				if w.waits[client] == w.now {
					delete(w.waits, client)
					w.other(client, false, &o)
				}
			}
			delete(w.wakes, w.now)
		}
	}
	return o
}

func (w *world) other(client uint64, obey bool, o *outcome) {
	if _, waits := w.waits[client]; waits && obey {
		return
	}
	w.flood.Arrived(client, w.now)
	if w.flood.On() {
		if ok, wait := w.flood.Take(client, w.now); !ok {
			o.refused++
			w.flood.Count(w.now)
			w.told[client]++
			w.waits[client] = w.now + int64((max(wait, time.Second)+time.Second-1)/time.Second*time.Second)
			w.wakes[w.waits[client]] = append(w.wakes[w.waits[client]], client)
			return
		}
	}
	o.again = max(o.again, w.told[client])
	delete(w.told, client)
	delete(w.waits, client)
	o.passed++
	w.ask(false)
}

func (w *world) ask(standing bool) time.Duration {
	latency := w.app.serve(w.now, w.random)
	w.answers = append(w.answers, answer{w.now + int64(latency), latency, standing})
	return latency
}

// answer sends what is ready.
func (w *world) answer(o *outcome) {
	others := 0
	w.answers = slices.DeleteFunc(w.answers, func(a answer) bool {
		if !a.standing {
			others++
		}
		if a.at > w.now {
			return false
		}
		w.flood.Count(w.now)
		w.flood.Answered(a.latency, a.standing)
		return true
	})
	o.inFlight = max(o.inFlight, others)
}

// People keep their latency in a flood that is many times what the application bears,
// and the others share what is left.
func TestPeopleKeepTheirLatency(t *testing.T) {
	for name, obey := range map[string]bool{"of clients that wait": true, "of clients that do not": false} {
		w := newWorld(4, 20*time.Millisecond)
		calm := w.run(300, 30, 10, 100, true)
		start := w.run(30, 30, 1000, 2000, obey)
		if !w.flood.On() {
			t.Fatalf("a flood %s is not found", name)
		}
		flood := w.run(120, 30, 1000, 2000, obey)
		t.Logf("%s: p95 %s, in the first seconds %s, then %s; %d passed, %d refused, told %d times, %d in flight; share %.0f/s, usual %.3f present %.3f",
			name, calm.p95(), start.p95(), flood.p95(), flood.passed, flood.refused, flood.again, flood.inFlight,
			w.flood.share.limit.PerSecond, w.flood.share.usual, w.flood.share.present)
		if flood.p95() > calm.p95()*3/2 {
			t.Errorf("%s: p95 was %s, and is %s", name, calm.p95(), flood.p95())
		}
		if flood.passed < 120*40 {
			t.Errorf("%s: %d of the others passed", name, flood.passed)
		}
		// The share shrinks after places were given, and a wait of more than two minutes
		// is told in parts, so that a client may be told to wait again, but not for ever.
		if obey && (flood.again > 20 || flood.refused > 3*flood.passed) {
			t.Errorf("clients that wait are refused %d times until %d passed, one of them %d times", flood.refused, flood.passed, flood.again)
		}
	}
}
