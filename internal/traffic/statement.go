package traffic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// statement is a line of a section, or a loop with the lines in it.
type statement struct {
	line    int
	verb    verb
	times   int
	body    []statement
	gap     gap
	method  string
	target  string
	status  string
	bytes   int64
	sized   bool
	options options
}

type verb int

const (
	verbRequest verb = iota
	verbLoop
	verbWith
	verbAt
	verbWait
)

// gap is a time between two requests, chosen between min and max.
type gap struct{ min, max time.Duration }

// options are what follows a request's status, or the word "with".
type options map[string]string

var (
	optionKeys  = []string{"as", "host", "in", "ip", "ms", "proto", "ref", "ua", "user"}
	optionFlags = []string{"either", "failed", "ordinary"}
)

const maxTimes = 20_000

// parseStatement reads a line that is neither "loop" nor "end".
func parseStatement(number int, words []string) (statement, error) {
	s := statement{line: number, times: 1}
	var err error
	switch words[0] {
	case "with":
		s.verb = verbWith
		s.options, err = parseOptions(words[1:])
	case "at", "wait":
		s.verb = verbAt
		if words[0] == "wait" {
			s.verb = verbWait
		}
		if len(words) != 2 {
			return s, fmt.Errorf("%s needs one duration", words[0])
		}
		s.gap, err = parseGap(words[1])
	default:
		err = s.parseRequest(words)
	}
	return s, err
}

// parseRequest reads "+gap [xN] METHOD TARGET STATUS [BYTES] [options]".
func (s *statement) parseRequest(words []string) error {
	after, ok := strings.CutPrefix(words[0], "+")
	if !ok {
		return fmt.Errorf("%q is no statement: a request begins with +, such as +2s", words[0])
	}
	var err error
	if s.gap, err = parseGap(after); err != nil {
		return err
	}
	words = words[1:]
	if len(words) > 0 && words[0][0] == 'x' {
		if s.times, err = parseTimes(words[0][1:]); err != nil {
			return err
		}
		s.body = []statement{} // xN is a counter of its own, also x1
		words = words[1:]
	}
	if len(words) < 3 {
		return fmt.Errorf("a request needs a method, a target and a status")
	}
	s.method, s.target, s.status = words[0], words[1], words[2]
	words = words[3:]
	if len(words) > 0 {
		if n, err := strconv.ParseInt(words[0], 10, 64); err == nil {
			s.bytes, s.sized, words = n, true, words[1:]
		}
	}
	s.options, err = parseOptions(words)
	return err
}

// counted reports whether the request has a counter of its own.
func (s *statement) counted() bool { return s.body != nil }

func parseTimes(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxTimes {
		return 0, fmt.Errorf("%q must be a number of repetitions from 1 to %d", text, maxTimes)
	}
	return n, nil
}

// parseGap reads a duration, or two with dots between them.
func parseGap(text string) (gap, error) {
	low, high, ranged := strings.Cut(text, "..")
	if !ranged {
		high = low
	}
	from, err := time.ParseDuration(low)
	if err != nil {
		return gap{}, fmt.Errorf("reading a duration: %w", err)
	}
	to, err := time.ParseDuration(high)
	if err != nil {
		return gap{}, fmt.Errorf("reading a duration: %w", err)
	}
	if from < 0 || to < from {
		return gap{}, fmt.Errorf("duration %q must not be negative or run backwards", text)
	}
	return gap{from, to}, nil
}

func parseOptions(words []string) (options, error) {
	out := make(options)
	for _, word := range words {
		key, value, valued := strings.Cut(word, "=")
		known := slices.Contains(optionFlags, key)
		if valued {
			known = slices.Contains(optionKeys, key)
		}
		if !known {
			return nil, fmt.Errorf("unknown option %q: there are %s=, %s", word, strings.Join(optionKeys, "=, "), strings.Join(optionFlags, ", "))
		}
		if _, twice := out[key]; twice {
			return nil, fmt.Errorf("option %s stands twice", key)
		}
		out[key] = value
	}
	return out, nil
}
