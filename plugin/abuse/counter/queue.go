package counter

import "time"

// queue has the places of the clients that were refused during a flood. Each place has
// a number, and a client is let in once as many are served. Its memory is bounded.
type queue struct {
	places []place
	// served is how many places had their turn, at a time; last is the last number.
	served float64
	at     int64
	last   float64
}

// place is the place of a client; its number is 0 for none.
type place struct {
	client uint64
	number float64
	// until is when it expires, if the client does not come.
	until int64
	// again means that it had its turn, and was told to come again.
	again bool
}

const (
	// Places are kept in sets of setSize, chosen by the client.
	queueSets, setSize = 1 << 13, 4
	// longestWait is the longest that a client is told to wait. Then it is told how
	// much longer.
	longestWait = 2 * time.Minute
	// placeLasts is how long a client may be late.
	placeLasts = time.Minute
)

// advance serves perSecond places a second until now.
func (q *queue) advance(perSecond float64, now int64) {
	if now > q.at {
		q.served += perSecond * time.Duration(now-q.at).Seconds()
		q.at = now
	}
}

// of returns the place of a client, nil if it has none.
func (q *queue) of(client uint64) *place {
	if q.places == nil {
		return nil
	}
	set := q.set(client)
	for i := range set {
		if p := &set[i]; p.client == client && !q.expired(p) {
			return p
		}
	}
	return nil
}

// waiting reports whether there are places that have not had their turn.
func (q *queue) waiting() bool { return q.last > q.served }

// due reports whether it is the turn of a place.
func (q *queue) due(p *place) bool { return p.number <= q.served }

// expired reports whether a place is none, or its client did not come.
func (q *queue) expired(p *place) bool { return p.number == 0 || q.at > p.until }

// add gives a client a place, behind the others. If there is no room, the place is not
// kept; a client that comes again after its wait may find some.
func (q *queue) add(client uint64) *place {
	if q.places == nil {
		q.places = make([]place, queueSets*setSize)
	}
	next := place{client: client, number: max(q.last, q.served) + 1}
	set := q.set(client)
	for i := range set {
		if p := &set[i]; q.expired(p) {
			*p, q.last = next, next.number
			return p
		}
	}
	return &next
}

// wait returns how long it takes until it is the turn of a place, which is kept as
// long.
func (q *queue) wait(p *place, perSecond float64) time.Duration {
	seconds := min((p.number-q.served)/perSecond, longestWait.Seconds())
	wait := time.Duration(seconds * float64(time.Second))
	p.until = max(p.until, q.at+int64(wait+placeLasts))
	return wait
}

func (q *queue) set(client uint64) []place {
	i := client % queueSets * setSize
	return q.places[i : i+setSize]
}
