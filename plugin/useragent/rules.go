package useragent

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"

	"github.com/ua-parser/uap-go/uaparser"
	"gopkg.in/yaml.v3"
)

// ruleset holds the library's patterns, in its order: the first match wins.
type ruleset struct {
	browsers []rule[uaparser.UserAgent]
	systems  []rule[uaparser.Os]
}

// rule is one pattern of the library and what a text needs for it to match.
type rule[T any] struct {
	needs   needs
	pattern interface{ Match(line string, into *T) }
}

// compiled is the process's one ruleset. The library would compile patterns
// for devices as well, which are more than the others together and not used.
var compiled = sync.OnceValue(func() *ruleset {
	var definitions uaparser.RegexDefinitions
	if err := yaml.Unmarshal(uaparser.DefinitionYaml, &definitions); err != nil {
		panic(fmt.Errorf("reading the patterns of uap-go: %w", err)) // they are built in
	}
	definitions.Device = nil
	library, err := uaparser.New(uaparser.WithRegexDefinitions(definitions), uaparser.WithCacheSize(1))
	if err != nil {
		panic(fmt.Errorf("compiling the patterns of uap-go: %w", err))
	}
	var set ruleset
	for _, p := range library.UA {
		set.browsers = append(set.browsers, rule[uaparser.UserAgent]{needsOf(p.Reg), p})
	}
	for _, p := range library.OS {
		set.systems = append(set.systems, rule[uaparser.Os]{needsOf(p.Reg), p})
	}
	return &set
})

// name names an agent: as the library does, but for those that have the engine
// of a browser and are no browser.
func (set *ruleset) name(ua string) names {
	n := set.identify(ua)
	return names{browser: refine(n.browser, ua), os: fixDarwin(n.os, ua)}
}

// identify gives what the library's own loop over all patterns gives. It tries
// only the patterns whose needs the agent meets, a few of some 570.
func (set *ruleset) identify(ua string) names {
	folded := fold(ua)
	var browser uaparser.UserAgent
	for _, r := range set.browsers {
		if r.needs.met(folded) {
			if r.pattern.Match(ua, &browser); browser.Family != "" {
				break
			}
		}
	}
	var os uaparser.Os
	for _, r := range set.systems {
		if r.needs.met(folded) {
			if r.pattern.Match(ua, &os); os.Family != "" {
				break
			}
		}
	}
	return names{
		browser: join(browser.Family, browser.Major, browser.Minor),
		os:      join(os.Family, os.Major, os.Minor),
	}
}

// needs are folded texts of which at least one is part of every text that a
// pattern matches; none are known for an empty list.
type needs []string

func (n needs) met(folded string) bool {
	for _, text := range n {
		if strings.Contains(folded, text) {
			return true
		}
	}
	return len(n) == 0
}

func needsOf(re *regexp.Regexp) needs {
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		panic(err) // it has been compiled with these flags before
	}
	return required(tree)
}

func required(re *syntax.Regexp) needs {
	switch re.Op {
	case syntax.OpLiteral:
		return needs{fold(string(re.Rune))}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpAlternate:
		return anyOf(re.Sub)
	case syntax.OpConcat:
		return rarest(re.Sub)
	}
	return nil
}

// anyOf joins the needs of alternatives; one without needs leaves none.
func anyOf(alternatives []*syntax.Regexp) needs {
	var all needs
	for _, sub := range alternatives {
		n := required(sub)
		if n == nil {
			return nil
		}
		all = append(all, n...)
	}
	return all
}

// rarest chooses, of parts that must all match, the needs with the longest
// text, which the fewest agents meet.
func rarest(parts []*syntax.Regexp) needs {
	var best needs
	longest := 0
	for _, sub := range parts {
		n := required(sub)
		if n == nil {
			continue
		}
		shortest := len(n[0])
		for _, text := range n {
			shortest = min(shortest, len(text))
		}
		if shortest > longest {
			best, longest = n, shortest
		}
	}
	return best
}
