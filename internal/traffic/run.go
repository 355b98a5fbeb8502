package traffic

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// A section is bounded, so that a slip in a loop is an error.
const (
	maxRequests = 50_000
	maxRounds   = 200_000
)

// runner turns the statements of one section into requests.
type runner struct {
	scope
	host     string
	agents   map[string]string
	start    time.Time
	role     Role
	now      time.Time
	defaults options
	// rounds of all loops so far.
	rounds int
	out    []Request
}

// run returns the section's requests in the order of time.
func (r *runner) run(section []statement) ([]Request, error) {
	r.now = r.start
	if err := r.all(section); err != nil {
		return nil, err
	}
	sortByTime(r.out)
	return r.out, nil
}

func sortByTime(requests []Request) {
	slices.SortStableFunc(requests, func(a, b Request) int { return a.Time.Compare(b.Time) })
}

func (r *runner) all(section []statement) error {
	for i := range section {
		if err := r.one(&section[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) one(s *statement) error {
	r.line = s.line
	switch s.verb {
	case verbWith:
		r.defaults = s.options
	case verbAt:
		r.now = r.start.Add(r.length(s.gap))
	case verbWait:
		r.now = r.now.Add(r.length(s.gap))
	case verbLoop:
		return r.repeat(s.times, func() error { return r.all(s.body) })
	case verbRequest:
		send := func() error {
			r.number++
			if err := r.send(s); err != nil {
				return fmt.Errorf("line %d: %w", s.line, err)
			}
			return nil
		}
		if !s.counted() {
			return send()
		}
		return r.repeat(s.times, send)
	}
	return nil
}

// repeat calls do with a counter around it.
func (r *runner) repeat(times int, do func() error) error {
	r.counters = append(r.counters, 0)
	defer func() { r.counters = r.counters[:len(r.counters)-1] }()
	for i := range times {
		if r.rounds++; r.rounds > maxRounds {
			return fmt.Errorf("line %d: more than %d rounds of loops", r.line, maxRounds)
		}
		r.counters[len(r.counters)-1] = i + 1
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// length chooses a duration, the same one on each run.
func (r *runner) length(g gap) time.Duration {
	if g.min == g.max {
		return g.min
	}
	x := hash(r.seed, fmt.Sprint(r.line, r.counters, r.number))
	return (g.min + time.Duration(x%uint64(g.max-g.min))).Round(time.Millisecond)
}

// send appends the request that the statement describes.
func (r *runner) send(s *statement) error {
	if len(r.out) >= maxRequests {
		return fmt.Errorf("more than %d requests", maxRequests)
	}
	r.now = r.now.Add(r.length(s.gap))
	merged := maps.Clone(r.defaults)
	if merged == nil {
		merged = make(options)
	}
	if _, ok := s.options["as"]; ok {
		delete(merged, "ip")
		delete(merged, "ua")
	}
	maps.Copy(merged, s.options)
	o, err := r.expandOptions(merged)
	if err != nil {
		return err
	}
	req := &record.Request{Time: r.now, Proto: "HTTP/2.0", Host: r.host, Duration: 5 * time.Millisecond}
	if err := r.setTarget(req, s); err != nil {
		return err
	}
	if err := r.setOptions(req, o); err != nil {
		return err
	}
	if err := req.Check(); err != nil {
		return err
	}
	_, failed := o["failed"]
	r.out = append(r.out, Request{Request: req, AuthFailed: failed, Role: r.roleOf(o)})
	return nil
}

func (r *runner) roleOf(o options) Role {
	if _, ok := o["ordinary"]; ok {
		return RoleBystander
	}
	if _, ok := o["either"]; ok {
		return RoleEither
	}
	return r.role
}

func (r *runner) expandOptions(from options) (options, error) {
	out := make(options, len(from))
	for key, value := range from {
		text, err := r.expand(value)
		if err != nil {
			return nil, err
		}
		out[key] = text
	}
	return out, nil
}
