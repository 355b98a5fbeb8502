package appevent

import (
	"fmt"
	"strings"
)

// Limits bound one header of one response. A field that is zero
// means its default.
type Limits struct {
	LineBytes  int // of one header line
	TotalBytes int // of all lines together
	Events     int
}

// DefaultLimits are the limits of X-App-Event where nothing else is set.
var DefaultLimits = Limits{LineBytes: 16 << 10, TotalBytes: 64 << 10, Events: 32}

func (l Limits) orDefault() Limits {
	if l.LineBytes <= 0 {
		l.LineBytes = DefaultLimits.LineBytes
	}
	if l.TotalBytes <= 0 {
		l.TotalBytes = DefaultLimits.TotalBytes
	}
	if l.Events <= 0 {
		l.Events = DefaultLimits.Events
	}
	return l
}

// Bounds on what a hostile header can cost or cause.
const (
	maxJoins    = 32 // attempts to put split lines together again
	maxRejected = 32 // rejections reported one by one
)

// reader collects what the lines of a header mean. T is what one object means
// and mean says it, without side effects.
type reader[T any] struct {
	splitter
	limits   Limits
	mean     func(*object) (T, *fault)
	lines    []string
	values   []T
	rejected []Rejection
	joins    int
	barren   int       // lines before this one are known to mean nothing alone
	surplus  Rejection // values over the limit, reported as one
	over     int       // how many they are
	omitted  int       // rejections over the limit
}

// read reads a whole header.
func read[T any](lines []string, limits Limits, mean func(*object) (T, *fault)) ([]T, []Rejection) {
	r := reader[T]{splitter: newSplitter(), limits: limits.orDefault(), mean: mean}
	fit, total := 0, 0
	for fit < len(lines) && total+len(lines[fit]) <= r.limits.TotalBytes {
		total += len(lines[fit])
		fit++
	}
	r.lines = lines[:fit]
	for i := 0; i < fit; {
		i += r.next(i)
	}
	if r.over > 0 {
		r.surplus.Reason = fmt.Sprintf("too many in one response: %d over the limit of %d", r.over, r.limits.Events)
		r.reject(r.surplus)
	}
	if fit < len(lines) {
		r.rejectRest(lines[fit:])
	}
	if r.omitted > 0 {
		r.rejected = append(r.rejected, omitted(r.omitted))
	}
	return r.values, r.rejected
}

// next reads what begins with line i, and returns how many lines that was.
func (r *reader[T]) next(i int) int {
	line, used := r.lines[i], 1
	if len(line) > r.limits.LineBytes {
		r.reject(Rejection{Reason: fmt.Sprintf("a line is longer than %d bytes", r.limits.LineBytes), Length: len(line)})
		return 1
	}
	objects, bad := r.split(line)
	if bad != nil && bad.ended {
		if joined, n := r.join(i); n > 0 {
			objects, used, bad = joined, n, nil
		}
	}
	if bad != nil {
		r.reject(Rejection{bad.reason, bad.offset, len(line)})
		return 1
	}
	for i := range objects {
		r.take(&objects[i])
	}
	return used
}

func (r *reader[T]) take(o *object) {
	v, bad := r.mean(o)
	switch {
	case bad != nil:
		r.reject(Rejection{bad.reason, o.place(bad.offset), o.length})
	case len(r.values) == r.limits.Events:
		r.over++
		r.surplus.Length += o.length
	default:
		r.values = append(r.values, v)
	}
}

// join puts line i together again with the lines that a proxy split from it at
// commas, and returns how many lines that took, 0 if it cannot be done. Only
// lines that mean nothing alone are used up: a line that was cut off must not
// swallow an event that follows it.
func (r *reader[T]) join(i int) ([]object, int) {
	if r.joins == maxJoins {
		return nil, 0
	}
	r.joins++
	var open nesting
	open.follow(r.lines[i])
	size := len(r.lines[i])
	for end := i + 1; end < len(r.lines); end++ {
		size += len(",") + len(r.lines[end])
		if size > r.limits.LineBytes || !r.meansNothing(end) {
			break
		}
		open.follow(r.lines[end])
		if !open.inside() {
			objects, bad := r.split(strings.Join(r.lines[i:end+1], ","))
			if bad != nil {
				break
			}
			return objects, end + 1 - i
		}
	}
	return nil, 0
}

// meansNothing reports whether there is no event in line i alone. Lines are
// asked about in order, and each is read once.
func (r *reader[T]) meansNothing(i int) bool {
	if i < r.barren {
		return true
	}
	objects, _ := r.split(r.lines[i])
	for o := range objects {
		if _, bad := r.mean(&objects[o]); bad == nil {
			return false
		}
	}
	r.barren = i + 1
	return true
}

func (r *reader[T]) reject(rejection Rejection) {
	if len(r.rejected) < maxRejected {
		r.rejected = append(r.rejected, rejection)
	} else {
		r.omitted++
	}
}

func (r *reader[T]) rejectRest(lines []string) {
	length := 0
	for _, line := range lines {
		length += len(line)
	}
	r.reject(Rejection{
		Reason: fmt.Sprintf("more than %d bytes in one response: %d lines were not read", r.limits.TotalBytes, len(lines)),
		Length: length,
	})
}

// nesting follows the brackets of a text that comes in pieces. It only finds
// out when parsing is worth a try; the parser decides.
type nesting struct {
	depth             int
	inString, escaped bool
}

func (n *nesting) follow(s string) {
	for i := range len(s) {
		c := s[i]
		switch {
		case n.escaped:
			n.escaped = false
		case n.inString:
			n.escaped = c == '\\'
			n.inString = c != '"'
		case c == '"':
			n.inString = true
		case c == '{' || c == '[':
			n.depth++
		case c == '}' || c == ']':
			n.depth--
		}
	}
}

func (n *nesting) inside() bool { return n.inString || n.depth > 0 }
