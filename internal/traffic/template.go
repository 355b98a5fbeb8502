package traffic

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// scope is what a template may refer to.
type scope struct {
	seed string
	// counters of the loops around the statement, the innermost last; each from 1.
	counters []int
	// number of the request in its section, from 1.
	number int
	line   int
	// place is the text before the braces that are expanded.
	place string
	lists map[string][]string
}

// expand replaces what is in braces. Two braces stand for one.
func (s *scope) expand(text string) (string, error) {
	if !strings.ContainsAny(text, "{}") {
		return text, nil
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		c := text[i]
		if c != '{' && c != '}' {
			out.WriteByte(c)
			i++
			continue
		}
		if i+1 < len(text) && text[i+1] == c {
			out.WriteByte(c)
			i += 2
			continue
		}
		end := strings.IndexByte(text[i:], '}')
		if c == '}' || end < 0 {
			return "", fmt.Errorf("%q has an unpaired brace: write {{ for {", text)
		}
		s.place = text[:i]
		value, err := s.value(text[i+1 : i+end])
		if err != nil {
			return "", fmt.Errorf("%q: %w", text, err)
		}
		out.WriteString(value)
		i += end + 1
	}
	return out.String(), nil
}

// value evaluates what stands between a pair of braces.
func (s *scope) value(inner string) (string, error) {
	if strings.Contains(inner, "|") {
		i, err := s.evaluate("i")
		if err != nil {
			return "", err
		}
		return pick(strings.Split(inner, "|"), i), nil
	}
	name, expr, selected := strings.Cut(inner, ":")
	if items, ok := s.lists[name]; ok {
		if !selected {
			expr = "i"
		}
		i, err := s.evaluate(expr)
		if err != nil {
			return "", err
		}
		if len(items) == 0 {
			return "", fmt.Errorf("list %s has no items", name)
		}
		return pick(items, i), nil
	}
	if digits, ok := strings.CutPrefix(name, "hex"); ok {
		return s.hex(digits, expr)
	}
	expr, format, _ := strings.Cut(inner, ",")
	i, err := s.evaluate(expr)
	if err != nil {
		return "", err
	}
	if format == "x" {
		return strconv.FormatInt(int64(i), 16), nil
	}
	width, err := strconv.Atoi("0" + format)
	if err != nil {
		return "", fmt.Errorf("format %q must be x or a width", format)
	}
	return fmt.Sprintf("%0*d", width, i), nil
}

func pick(items []string, i int) string {
	n := len(items)
	return items[((i-1)%n+n)%n]
}

// evaluate evaluates an expression from the left to the right, without precedence.
func (s *scope) evaluate(expr string) (int, error) {
	value, op := 0, byte('+')
	for rest := expr; ; {
		at := strings.IndexAny(rest, "+-*/%")
		term := rest
		if at >= 0 {
			term = rest[:at]
		}
		n, err := s.term(term)
		if err != nil {
			return 0, err
		}
		switch {
		case op == '+':
			value += n
		case op == '-':
			value -= n
		case op == '*':
			value *= n
		case n == 0:
			return 0, fmt.Errorf("%q divides by zero", expr)
		case op == '/':
			value /= n
		case op == '%':
			value %= n
		}
		if at < 0 {
			return value, nil
		}
		op, rest = rest[at], rest[at+1:]
	}
}

// term is a number or a counter.
func (s *scope) term(term string) (int, error) {
	depth := strings.Index("ijk", term)
	switch {
	case term == "n":
		return s.number, nil
	case term == "outer" && len(s.counters) > 0:
		return s.counters[0], nil
	case len(term) == 1 && depth >= 0:
		if depth >= len(s.counters) {
			return 0, fmt.Errorf("counter %s needs %d loops around it", term, depth+1)
		}
		return s.counters[len(s.counters)-1-depth], nil
	}
	n, err := strconv.Atoi(term)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a list, a counter nor a number", term)
	}
	return n, nil
}

// hex returns digits that look random. They are the same for the same place in the
// file and the same counters, or for the same value of the expression if there is
// one.
func (s *scope) hex(digits, expr string) (string, error) {
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > 64 {
		return "", fmt.Errorf("hex needs 1 to 64 digits")
	}
	key := fmt.Sprint(s.line, s.counters, s.place)
	if expr != "" {
		value, err := s.evaluate(expr)
		if err != nil {
			return "", err
		}
		key = strconv.Itoa(value)
	}
	var out strings.Builder
	for block := 0; out.Len() < n; block++ {
		fmt.Fprintf(&out, "%016x", hash(s.seed, key, strconv.Itoa(block)))
	}
	return out.String()[:n], nil
}

// hash mixes texts into a number that is the same on each machine.
func hash(texts ...string) uint64 {
	h := fnv.New64a()
	for _, t := range texts {
		h.Write([]byte(t))
		h.Write([]byte{0})
	}
	// FNV leaves the upper bits of short texts alike; this mixes them.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x
}
