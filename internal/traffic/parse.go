package traffic

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// source is a file that was parsed and not yet run.
type source struct {
	headers map[string]string
	agents  map[string]string
	lists   map[string][]string
	before  []statement
	subject []statement
}

var (
	headerKeys = []string{"about", "ban", "by", "day", "host", "kind", "source"}
	simpleName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
)

// parser reads a file line by line.
type parser struct {
	source
	// section is the section that the lines belong to, nil in the header.
	section *[]statement
	// open are the loops that have not ended.
	open []statement
	// key is the header that an indented line continues.
	key string
}

func parse(text string) (*source, error) {
	p := parser{source: source{headers: make(map[string]string), agents: maps.Clone(agents), lists: maps.Clone(lists)}}
	for i, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := p.line(i+1, line, words); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if len(p.open) > 0 {
		return nil, fmt.Errorf("line %d: the loop has no end", p.open[len(p.open)-1].line)
	}
	return &p.source, nil
}

func (p *parser) line(number int, line string, words []string) error {
	switch {
	case line == "before:" || line == "case:":
		if len(p.open) > 0 {
			return fmt.Errorf("the loop of line %d has no end", p.open[len(p.open)-1].line)
		}
		section := &p.before
		if line == "case:" {
			section = &p.subject
		}
		if *section != nil {
			return fmt.Errorf("%s stands twice", line)
		}
		*section = []statement{}
		p.section = section
		return nil
	case p.section == nil:
		return p.header(line, words)
	case words[0] == "loop":
		if len(words) != 2 {
			return fmt.Errorf("loop needs a number")
		}
		times, err := parseTimes(words[1])
		p.open = append(p.open, statement{line: number, verb: verbLoop, times: times})
		return err
	case words[0] == "end":
		if len(p.open) == 0 || len(words) != 1 {
			return fmt.Errorf("end without a loop")
		}
		last := p.open[len(p.open)-1]
		p.open = p.open[:len(p.open)-1]
		p.add(last)
		return nil
	}
	s, err := parseStatement(number, words)
	p.add(s)
	return err
}

func (p *parser) add(s statement) {
	if n := len(p.open); n > 0 {
		p.open[n-1].body = append(p.open[n-1].body, s)
		return
	}
	*p.section = append(*p.section, s)
}

// header reads "key: value", "ua name: text" or "list name: items". An indented
// line continues the one above.
func (p *parser) header(line string, words []string) error {
	rest := strings.TrimSpace(line)
	if line[0] != ' ' && line[0] != '\t' {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return fmt.Errorf("%q is no header: write \"key: value\"", words[0])
		}
		p.key, rest = key, strings.TrimSpace(value)
		if p.defined(key) {
			return fmt.Errorf("header %s stands twice", key)
		}
	} else if p.key == "" {
		return fmt.Errorf("an indented line continues no header")
	}
	kind, name, named := strings.Cut(p.key, " ")
	switch {
	case named && !simpleName.MatchString(name):
		return fmt.Errorf("name %q must have small letters, digits and hyphens", name)
	case named && kind == "ua":
		p.agents[name] = strings.TrimSpace(p.agents[name] + " " + rest)
	case named && kind == "list":
		p.lists[name] = append(p.lists[name], strings.Fields(rest)...)
	case slices.Contains(headerKeys, p.key):
		p.headers[p.key] = strings.TrimSpace(p.headers[p.key] + " " + rest)
	default:
		return fmt.Errorf("unknown header %q: there are %s, ua NAME, list NAME", p.key, strings.Join(headerKeys, ", "))
	}
	return nil
}

func (p *parser) defined(key string) bool {
	kind, name, _ := strings.Cut(key, " ")
	_, header := p.headers[key]
	_, agent := p.agents[name]
	_, list := p.lists[name]
	return header || kind == "ua" && agent || kind == "list" && list
}

// describe makes the case without its requests.
func (s *source) describe(name string) (*Case, error) {
	c := &Case{Name: name, Kind: Kind(s.headers["kind"]), About: s.headers["about"], Source: s.headers["source"]}
	by, hasBy := s.headers["by"]
	ban, hasBan := s.headers["ban"]
	switch c.Kind {
	case Ordinary:
		if hasBy || hasBan {
			return nil, fmt.Errorf("an ordinary case has neither by nor ban")
		}
	case Attack:
		var err error
		if c.By, err = strconv.Atoi(by); err != nil || c.By < 1 {
			return nil, fmt.Errorf("by %q must be the number of a request", by)
		}
		if hasBan && ban != "yes" {
			return nil, fmt.Errorf("ban %q must be yes, or be left out", ban)
		}
		c.Ban = hasBan
	default:
		return nil, fmt.Errorf("kind %q must be ordinary or attack", c.Kind)
	}
	for _, key := range []string{"about", "host"} {
		if s.headers[key] == "" {
			return nil, fmt.Errorf("header %s is missing", key)
		}
	}
	if _, shared := s.headers["day"]; !shared && s.before == nil {
		return nil, fmt.Errorf("there is no day before: name one with \"day:\" or write \"before:\"")
	}
	return c, nil
}
