package abuse

import (
	"bufio"
	"embed"
	"fmt"
	"io"
	"strings"
	"sync"
)

// The lists are our own, written from what is publicly known of scanners.
//
//go:embed words/*.txt
var wordFiles embed.FS

// builtinWords are the lines of words/<name>.txt.
func builtinWords(name string) []string {
	f, err := wordFiles.Open("words/" + name + ".txt")
	if err != nil {
		panic(err) // it is embedded
	}
	words, err := ReadPatterns(f)
	if err != nil {
		panic(err)
	}
	return words
}

// longestPattern keeps the matcher small.
const longestPattern = 256

// ReadPatterns reads a list: a pattern a line, without regard to case; lines
// that begin with # are comments. ^ at the beginning and $ at the end bind a
// pattern to the beginning and the end of a path or a user agent.
func ReadPatterns(r io.Reader) ([]string, error) {
	var words []string
	in := bufio.NewScanner(r)
	for line := 1; in.Scan(); line++ {
		word := strings.Trim(in.Text(), "\r\t")
		if line == 1 {
			word = strings.TrimPrefix(word, "\uFEFF") // a byte order mark
		}
		if strings.TrimSpace(word) == "" || strings.HasPrefix(word, "# ") || word == "#" {
			continue
		}
		if err := checkPattern(word); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		words = append(words, word)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("reading patterns: %w", err)
	}
	return words, nil
}

func checkPattern(word string) error {
	bare := strings.TrimSuffix(strings.TrimPrefix(word, "^"), "$")
	if len(bare) < 2 || len(bare) > longestPattern {
		return fmt.Errorf("pattern %.40q must have 2 to %d bytes", word, longestPattern)
	}
	for _, c := range []byte(bare) {
		if c < ' ' {
			return fmt.Errorf("pattern %.40q has a control character", word)
		}
	}
	return nil
}

// part says where a rule's patterns are looked for.
type part uint8

const (
	inPath part = 1 << iota
	inQuery
)

// listed are the rules with patterns for path or query. Those of the agent are
// apart: another text, which has a matcher of its own.
var listed = []struct {
	rule  int
	parts part
}{
	{sensitiveFiles, inPath},
	{pathTraversal, inPath | inQuery},
	{xss, inQuery},
	{sqli, inQuery},
	{backdoors, inPath},
	{adminInterface, inPath},
	{cve, inPath | inQuery},
	{technology, inPath},
}

// HasPatterns reports whether a rule has a list that can be added to.
func HasPatterns(rule string) bool {
	if rule == builtin[badAgent].Name {
		return true
	}
	for _, l := range listed {
		if builtin[l.rule].Name == rule {
			return true
		}
	}
	return false
}

// words are the compiled lists.
type words struct {
	uri, agent *matcher
	// static are the endings of static assets.
	static map[string]bool
}

// builtinLists is compiled once in a process: it has some megabytes, and is
// the same for all who add nothing to it.
var builtinLists = sync.OnceValue(func() *words { return compileWords(nil) })

// compileWords compiles the lists with further patterns, by rule.
func compileWords(more map[string][]string) *words {
	w := &words{static: map[string]bool{}}
	var uri, agent []pattern
	for _, l := range listed {
		name := builtin[l.rule].Name
		for _, text := range append(builtinWords(name), more[name]...) {
			uri = append(uri, pattern{text: anchored(text, true), bit: 1 << l.rule, parts: l.parts})
		}
	}
	name := builtin[badAgent].Name
	for _, text := range append(builtinWords(name), more[name]...) {
		agent = append(agent, pattern{text: anchored(text, false), bit: 1, parts: inPath})
	}
	for i, c := range crawlers() {
		agent = append(agent, pattern{text: anchored(c.agent, false), bit: 2 << i, parts: inPath})
	}
	for _, ending := range builtinWords("static") {
		w.static[ending] = true
	}
	w.uri, w.agent = newMatcher(uri), newMatcher(agent)
	return w
}

// anchored is a pattern as it is looked for: where a text begins and ends there
// stand bytes that no text has. The query is a text of its own.
func anchored(word string, uri bool) string {
	word = strings.ToLower(word)
	if rest, ok := strings.CutPrefix(word, "^"); ok {
		word = string(textBegins) + rest
	}
	if rest, ok := strings.CutSuffix(word, "$"); ok {
		word = rest + string(textEnds)
	}
	if uri {
		word = strings.Replace(word, "?", string(textEnds), 1)
	}
	return word
}
